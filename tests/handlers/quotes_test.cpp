#include "bus/ids.hpp"
#include "handlers/erasure/kept_mails.hpp"
#include "handlers/erasure/person.hpp"
#include "handlers/mail_folder.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

using namespace throughline;

TEST_CASE("an address is quoted whole and without case") {
    const Quotes quotes({"ann@x.co"});
    for (const char* text :
         {"ann@x.co", "To: <Ann@X.co>", R"({"mail":"ann@x.co"})", "Write to ann@x.co.",
          "mailto:ann@x.co?subject=Hi", "-ann@x.co-", R"({"note":"Mail:\nann@x.co\n"})"})
        CHECK_MESSAGE(quotes.are_in(text), text);
    for (const char* text : {"joann@x.co", "jo.ann@x.co", "jo-ann@x.co", "ann@x.com", "ann@x.co.uk",
                             "ann@x.co-op.example", "ann@xxco", "ann"})
        CHECK_MESSAGE(!quotes.are_in(text), text);
}

TEST_CASE("a number is quoted where it is no part of a longer one, a word or an id") {
    const Quotes quotes({"01983456", "+44 (7700) 1122", "123456789012"});
    for (const char* text :
         {"01983456", "Tel. 01983456.", "{\"phone\":\"01983456\"}", "Tel-01983456", "01983456-12",
          "+49 01983456", "call +44 (7700) 1122 now", R"({"note":"Call:\n01983456\n"})"})
        CHECK_MESSAGE(quotes.are_in(text), text);
    for (const char* text :
         {"101983456", "019834567", "a01983456", "+44 (7700) 11223",
          "01983456-7abc-7def-8000-00000000000a", "0190a7c0-7abc-7def-8abc-123456789012"})
        CHECK_MESSAGE(!quotes.are_in(text), text);
}

TEST_CASE("a number of less than seven digits is not searched for") {
    const Quotes quotes({"0", "12", "+49 (123) 4"});
    CHECK(quotes.values() == "{}");
    CHECK(quotes.patterns() == "{}");
    CHECK_FALSE(quotes.are_in("0 12 +49 (123) 4"));
}

TEST_CASE("a name is quoted as whole words; one of two words names whatever holds it") {
    const Quotes names = Quotes::of_names({"Jane Doe (Jr.)", "Ann"});
    for (const char* text : {"jane doe (jr.)", R"({"m":"To:\nAnn, hello"})", "Ann's deal"})
        CHECK_MESSAGE(names.are_in(text), text);
    for (const char* text : {"Jane Doe", "Anna", "Joann", "jane doe (jrs)"})
        CHECK_MESSAGE(!names.are_in(text), text);
    CHECK(is_named_after("Deal with JANE DOE", {"Jane Doe"}));
    CHECK(is_named_after("ann", {"Ann"}));
    CHECK_FALSE(is_named_after("Ann Arbor", {"Ann"}));
    CHECK_FALSE(is_named_after("Jane Doering", {"Jane Doe"}));
}

TEST_CASE("what JSON escapes is quoted as it is and as JSON has it") {
    const Quotes names = Quotes::of_names({R"(William "Bill" Gates)", R"(Ann\Lee)"});
    for (const char* text :
         {R"(For William "Bill" Gates.)", R"({"m":"For william \"bill\" gates."})", R"(Ann\Lee)",
          R"({"m":"Ann\\Lee"})"})
        CHECK_MESSAGE(names.are_in(text), text);
    for (const char* text : {"William Bill Gates", R"({"m":"Ann\nLee"})"})
        CHECK_MESSAGE(!names.are_in(text), text);
    CHECK(Quotes({R"("ann b"@x.co)"}).are_in(R"({"mail":"\"ann b\"@x.co"})"));
}

TEST_CASE("a mail quotes who is in its addresses, its subject or its text") {
    TemporaryFolder folder;
    MailFolder mailer(folder.path(), "no-reply@localhost");
    const Uuid tenant = new_id();
    const auto send = [&](Mail mail) {
        mail.tenant = tenant;
        mailer.send(mail);
    };
    send({"ann@x.co", "Hello", "1"});
    send({"ada@example.com", "Grüße an Ann@x.co", "2"});
    send({"ada@example.com", "Hello", "3: ann@x.co called"});
    send({"joann@x.co", "Hello", "4"});
    mailer.send({"ann@x.co", "Of nobody's tenant", "5"});
    const auto kept = mail_folder_of(folder.path(), tenant);
    const Quotes ann({"ann@x.co"});
    CHECK(count_mails(kept, ann) == 3);
    CHECK(remove_mails(kept, ann) == 3);
    CHECK(count_mails(kept, ann) == 0);
    CHECK(count_mails(kept, Quotes({"joann@x.co"})) == 1);
    CHECK(count_mails(folder.path(), ann) == 1);
}
