#include "api/router.hpp"

#include "api/url.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>

namespace throughline {

/// A node of the tree of path segments. Fixed segments win over parameters.
struct Router::Segment {
    struct ParameterEdge {
        bool only_ids = false;
        std::unique_ptr<Segment> to;
    };
    struct End {
        std::size_t route = 0;
        std::vector<std::string> names; // of the parameters on the way
    };
    std::map<std::string, std::unique_ptr<Segment>, std::less<>> fixed;
    std::vector<ParameterEdge> parameters;
    std::vector<End> ends; // one for each method
};

namespace {

std::vector<std::string_view> split_path(std::string_view path) {
    std::vector<std::string_view> segments;
    while (path.starts_with('/')) {
        path.remove_prefix(1);
        segments.push_back(path.substr(0, path.find('/')));
        path.remove_prefix(segments.back().size());
    }
    return segments;
}

std::optional<std::vector<std::string>> decoded_segments(std::string_view path) {
    if (!path.starts_with('/')) return std::nullopt;
    std::vector<std::string> out;
    for (const std::string_view segment : split_path(path)) {
        auto decoded = percent_decoded(segment);
        if (!decoded) return std::nullopt;
        out.push_back(std::move(*decoded));
    }
    if (out.size() >= 2 && out[0] == "api" && out[1] == "v1") out.erase(out.begin() + 1);
    return out;
}

std::string allowed_methods(const std::set<std::string>& methods) {
    std::set<std::string> all = methods;
    all.insert("OPTIONS");
    if (all.contains("GET")) all.insert("HEAD");
    std::string out;
    for (const std::string& method : all) out += (out.empty() ? "" : ", ") + method;
    return out;
}

} // namespace

Router::Router(Routes routes) : routes_(std::move(routes)), root_(std::make_unique<Segment>()) {
    for (std::size_t i = 0; i < routes_.size(); ++i) {
        const Route& route = routes_[i];
        if (route.permission == Permission::undeclared)
            throw std::logic_error(route.method + " " + route.path + " declares no permission");
        if (!route.bare) add("/api" + route.path, i);
        if (route.bare || route.also_bare) add(route.path, i);
    }
}

Router::~Router() = default;
Router::Router(Router&&) noexcept = default;

void Router::add(std::string_view path, std::size_t route) {
    Segment* at = root_.get();
    std::vector<std::string> names;
    for (const std::string_view segment : split_path(path)) {
        if (!segment.starts_with('{')) {
            auto& next = at->fixed[std::string(segment)];
            if (!next) next = std::make_unique<Segment>();
            at = next.get();
            continue;
        }
        names.emplace_back(segment.substr(1, segment.size() - 2));
        const bool only_ids = std::ranges::count(routes_[route].id_parameters, names.back()) > 0;
        auto edge = std::ranges::find(at->parameters, only_ids, &Segment::ParameterEdge::only_ids);
        if (edge == at->parameters.end()) {
            // Ids are tried before free text.
            edge = at->parameters.insert(only_ids ? at->parameters.begin() : at->parameters.end(),
                                         {only_ids, std::make_unique<Segment>()});
        }
        at = edge->to.get();
    }
    for (const Segment::End& end : at->ends)
        if (routes_[end.route].method == routes_[route].method)
            throw std::logic_error("two routes for " + routes_[route].method + " " +
                                   std::string(path));
    at->ends.push_back({route, std::move(names)});
}

const Router::Segment* Router::walk(const Segment& at, std::span<const std::string> path,
                                    std::vector<std::string>& values) const {
    if (path.empty()) return at.ends.empty() ? nullptr : &at;
    const std::string& segment = path.front();
    if (const auto fixed = at.fixed.find(segment); fixed != at.fixed.end())
        if (const Segment* const found = walk(*fixed->second, path.subspan(1), values))
            return found;
    for (const Segment::ParameterEdge& edge : at.parameters) {
        if (segment.empty() || (edge.only_ids && !parse_uuid(segment))) continue;
        values.push_back(segment);
        if (const Segment* const found = walk(*edge.to, path.subspan(1), values)) return found;
        values.pop_back();
    }
    return nullptr;
}

std::variant<Router::Match, Router::WrongMethod, Router::NotFound>
Router::find(std::string_view method, std::string_view path) const {
    std::set<std::string> methods;
    if (path == "*") {
        for (const Route& route : routes_) methods.insert(route.method);
        return WrongMethod{allowed_methods(methods)};
    }
    const auto segments = decoded_segments(path);
    std::vector<std::string> values;
    const Segment* const found = segments ? walk(*root_, *segments, values) : nullptr;
    if (found == nullptr) return NotFound{};
    const std::string_view wanted = method == "HEAD" ? "GET" : method;
    for (const Segment::End& end : found->ends) {
        if (routes_[end.route].method != wanted) continue;
        Match match{&routes_[end.route], {}};
        for (std::size_t i = 0; i < values.size(); ++i)
            match.path_parameters.emplace_back(end.names[i], std::move(values[i]));
        return match;
    }
    for (const Segment::End& end : found->ends) methods.insert(routes_[end.route].method);
    return WrongMethod{allowed_methods(methods)};
}

} // namespace throughline
