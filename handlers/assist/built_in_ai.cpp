#include "handlers/assist/built_in_ai.hpp"

#include "domain/text.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <sstream>
#include <vector>

namespace throughline {

namespace {

constexpr std::size_t most_sentences = 3;

using Sentences = std::vector<std::string>;

bool ends_sentence(std::string_view text, std::size_t at) {
    if (text[at] == '\n') return true;
    const bool is_stop = text[at] == '.' || text[at] == '!' || text[at] == '?';
    return is_stop && (at + 1 == text.size() || text[at + 1] == ' ' || text[at + 1] == '\n');
}

Sentences sentences_of(std::string_view text) {
    Sentences found;
    std::size_t from = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (!ends_sentence(text, at) && at + 1 != text.size()) continue;
        std::string sentence = trimmed(text.substr(from, at + 1 - from));
        if (!sentence.empty()) found.push_back(std::move(sentence));
        from = at + 1;
    }
    return found;
}

std::int64_t count_words(const std::string& text) {
    std::istringstream in(text);
    std::int64_t count = 0;
    for (std::string word; in >> word;) ++count;
    return count;
}

bool mentions(const std::string& sentence, std::initializer_list<const char*> words) {
    const std::vector<std::string> said = search_words(sentence);
    return std::ranges::any_of(
        words, [&](const char* word) { return std::ranges::binary_search(said, word); });
}

/// The sentences whose words come up most in the whole, in the order in which they stand.
Sentences weightiest(const Sentences& all) {
    std::map<std::string, int> uses;
    for (const std::string& sentence : all)
        for (const std::string& word : search_words(sentence))
            if (word.size() > 3) ++uses[word];
    std::vector<std::pair<int, std::size_t>> ranked; // weight, place
    for (std::size_t i = 0; i < all.size(); ++i) {
        int weight = 0;
        for (const std::string& word : search_words(all[i]))
            if (const auto used = uses.find(word); used != uses.end()) weight += used->second;
        ranked.emplace_back(-weight, i);
    }
    std::ranges::sort(ranked);
    if (ranked.size() > most_sentences) ranked.resize(most_sentences);
    std::ranges::sort(ranked, {}, &std::pair<int, std::size_t>::second);
    Sentences chosen;
    for (const auto& [weight, place] : ranked) chosen.push_back(all[place]);
    return chosen;
}

std::string joined(const Sentences& sentences, std::string_view before, std::string_view between) {
    std::string text;
    for (const std::string& sentence : sentences) {
        if (!text.empty()) text += between;
        text += std::string(before) + sentence;
    }
    return text;
}

std::string text_for(const std::string& task, const Sentences& material) {
    if (material.empty()) return task;
    if (mentions(task, {"email", "mail", "message", "letter", "reply", "draft"}))
        return "Hello,\n\n" + joined(material, "", "\n") + "\n\nKind regards";
    if (mentions(task, {"list", "steps", "points", "actions", "tasks"}))
        return joined(material, "- ", "\n");
    return joined(weightiest(material), "", " ");
}

} // namespace

AiText BuiltInAi::generate(const AiRequest& request) {
    Sentences material = sentences_of(request.prompt);
    std::string task;
    if (!material.empty()) {
        task = material.front();
        material.erase(material.begin());
    }
    AiText made{text_for(task, material), 0};
    made.tokens = count_words(request.prompt) + count_words(made.text);
    return made;
}

} // namespace throughline
