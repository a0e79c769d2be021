#include "tests/domain/rules/rules_test.hpp"

#include <doctest/doctest.h>

using namespace throughline;
using namespace throughline::rules;

TEST_CASE("a rule reads data at paths") {
    CHECK(outcome(R"({"var":"a.b.1"})", R"({"a":{"b":[1,2]}})") == "2");
    CHECK(outcome(R"({"var":["a.c","none"]})", R"({"a":{}})") == R"("none")");
    CHECK(outcome(R"({"var":["a","none"]})", R"({"a":null})") == "null");
    CHECK(outcome(R"({"val":["a","b"]})", R"({"a":{"b":3}})") == "3");
    CHECK(outcome(R"({"val":["a.b"]})", R"({"a":{"b":3}})") == "null");
    CHECK(outcome(R"({"exists":["a","b"]})", R"({"a":{"b":null}})") == "true");
    CHECK(outcome(R"({"exists":"c"})", R"({"a":1})") == "false");
    CHECK(outcome(R"({"var":{"var":"which"}})", R"({"which":"a","a":7})") == "7");
    CHECK(outcome(R"({"val":{"merge":["a",0]}})", R"({"a":[5]})") == "5");
}

TEST_CASE("scopes lead out of iterations and of errors") {
    CHECK(
        outcome(
            R"({"map":[{"val":"n"},{"+":[{"val":[]},{"val":[[2],"add"]},{"val":[[1],"index"]}]}]})",
            R"({"n":[1,2],"add":10})") == "[11,13]");
    CHECK(outcome(R"({"map":[[0],{"map":[[1],{"val":[[-4],"x"]}]}]})", R"({"x":9})") == "[[9]]");
    CHECK(outcome(R"({"try":[{"/":[1,0]},{"val":[[2],"x"]}]})", R"({"x":9})") == "9");
    CHECK(outcome(R"({"val":[[8],"x"]})", R"({"x":9})") == "null");
    CHECK(outcome(R"({"map":[[7],{"val":[{"preserve":[2]},"x"]}]})", R"({"x":9})") == "[9]");
}

TEST_CASE("errors have a type and a place, and try goes on with them") {
    CHECK(outcome(R"({"if":[true,{"+":["a",1]}]})") == "NaN at /if/1/+");
    CHECK(outcome(R"({"and":[true,{"nope":1}]})") == "Unknown Operator at /and/1/nope");
    CHECK(outcome(R"({"or":[1,{"nope":1}]})") == "1");
    CHECK(outcome(R"({"<":[1]})") == "Invalid Arguments at /<");
    CHECK(outcome(R"({"try":[{"throw":"x"},{"val":"type"}]})") == R"("x")");
    CHECK(outcome(R"({"try":[{"throw":{"val":"e"}},{"val":"code"}]})",
                  R"({"e":{"type":"x","code":4}})") == "4");
    CHECK(outcome(R"({"map":[[1,2],{"try":[{"/":[1,{"-":[{"val":[]},1]}]},"none"]}]})") ==
          R"(["none",1])");
    CHECK(outcome(
              R"({"try":[{"map":[[1],{"try":[{"throw":"a"},{"throw":"b"}]}]},{"val":"type"}]})") ==
          R"("b")");
    CHECK(outcome(R"({"/":[1,0]})") == "NaN at /~1");
}

TEST_CASE("an operator with nothing to work on says so, or gives what changes nothing") {
    CHECK(outcome(R"({"+":[]})") == "0");
    CHECK(outcome(R"({"*":[]})") == "1");
    CHECK(outcome(R"({"-":{"var":"l"}})", R"({"l":[]})") == "Invalid Arguments at /-");
    CHECK(outcome(R"({"/":{"var":"l"}})", R"({"l":[4]})") == "0.25");
    CHECK(outcome(R"({"%":7})") == "Invalid Arguments at /%");
    CHECK(outcome(R"({"max":{"var":"l"}})", R"({"l":[3,"9"]})") == "Invalid Arguments at /max");
    CHECK(outcome(R"({"min":[[4,5]]})") == "Invalid Arguments at /min");
    CHECK(outcome(R"({"cat":[null,true,[1,[2]]]})") == R"("true1,2")");
    CHECK(outcome(R"({"length":{"var":"n"}})", R"({"n":7})") == "Invalid Arguments at /length");
    CHECK(outcome(R"({"if":{"var":"l"}})", R"({"l":[true,1]})") == "Invalid Arguments at /if");
    CHECK(outcome(R"({"or":7})") == "Invalid Arguments at /or");
}

TEST_CASE("what is no array is empty where items are made, an error where they are judged") {
    for (const auto* name : {"map", "filter"}) {
        const std::string op = std::string("{\"") + name + "\":";
        CHECK(outcome(op + R"([{"var":"none"},1]})", "{}") == "[]");
        CHECK(outcome(op + R"([null,1]})") == std::string("Invalid Arguments at /") + name);
        CHECK(outcome(op + R"([{"var":"l"},null]})", R"({"l":[1]})") ==
              std::string("Invalid Arguments at /") + name);
    }
    for (const auto* name : {"all", "some", "none"}) {
        const std::string op = std::string("{\"") + name + "\":";
        CHECK(outcome(op + R"([{"var":"none"},1]})", "{}") ==
              std::string("Invalid Arguments at /") + name);
        CHECK(outcome(op + R"([{"var":"l"},null]})", R"({"l":[1]})") ==
              (name == std::string("none") ? "true" : "false"));
    }
    CHECK(outcome(R"({"reduce":[{"var":"none"},1,42]})", "{}") == "42");
}

TEST_CASE("what is known to be wrong is known before a rule runs") {
    const Program program =
        compile_jsonlogic(parse_json(R"({"if":[{"nope":1},{"<":[1]}]})"), "/conditions");
    REQUIRE(program.faults.size() == 2);
    CHECK(program.faults[0].pointer == "/conditions/if/0/nope");
    CHECK(program.faults[1].type == "Invalid Arguments");
}

TEST_CASE("numbers come out as JavaScript writes them") {
    CHECK(outcome(R"({"+":[0.1,0.2]})") == "0.30000000000000004");
    CHECK(outcome(R"({"*":[100000,10]})") == "1000000");
    CHECK(outcome(R"({"-":[0]})") == "0");
    CHECK(outcome(R"({"cat":[1e21," ",0.000001," ",12.50]})") == R"("1e+21 0.000001 12.5")");
    CHECK(outcome(R"({"*":[1e308,10]})") == "NaN at /*");
    CHECK(outcome(R"({"+":["inf"]})") == "NaN at /+");
    CHECK(outcome(R"({"+":[" 12 ","+3",".5"]})") == "15.5");
}

TEST_CASE("texts are cut between characters") {
    CHECK(outcome(R"({"substr":["äöüß",1,2]})") == R"("öü")");
    CHECK(outcome(R"({"substr":["äöüß",-2]})") == R"("üß")");
    CHECK(outcome(R"({"length":"äöü"})") == "3");
    CHECK(outcome(R"({"substr":["abc",1e300]})") == R"("")");
}

TEST_CASE("a text is read no further than a rule looks") {
    CHECK(outcome(R"({"var":"a"})", R"({"a":1,"b":this is not read)") == "1");
    CHECK_THROWS(outcome(R"({"var":"c"})", R"({"a":1,"b":this is not JSON)"));
    for (const auto* text : {"", "{", R"({"a)", R"({"a":)", R"({"a":[1,)", R"({"a":"\)",
                             R"({"a":tru)", R"({"a":-)", R"({"a":1 "b"})", R"({"x":{"y":[)"}) {
        CAPTURE(text);
        CHECK_THROWS(outcome(R"({"var":"b"})", text));
    }
}

TEST_CASE("a text gives what it holds, in whatever order one asks") {
    const std::string text = R"({"a":{"x":[1,{"y":"\u00e4\n\ud83d\ude00"}],"z":2},)"
                             R"( "b" : [ ] , "c":[[],{}],"d":-1.5e3,"e":true})";
    Document document;
    const Value root = document.read(text);
    const Value a = member(root, "a");
    const Value x = member(a, "x");
    REQUIRE(reaches(*x.container, 0));
    CHECK(entry(*x.container, 0).number == 1);
    CHECK(member(root, "d").number == -1500);
    REQUIRE(reaches(*x.container, 1));
    CHECK(member(entry(*x.container, 1), "y").view() == "ä\n😀");
    CHECK(member(a, "z").number == 2);
    CHECK(member(a, "none").kind == ValueKind::missing);
    CHECK(to_json(root) == parse_json(text.substr(0, text.find("-1.5e3")) + "-1500" +
                                      text.substr(text.find("-1.5e3") + 6)));
}

TEST_CASE("brackets, quotes and escapes in texts are passed over") {
    // Longer than the blocks that are looked at together, at every place in them.
    for (std::size_t length = 0; length < 140; ++length) {
        const std::string filler(length, 'x');
        const std::string text = R"({"a":{"t":")" + filler + R"(]}\"\\","n":[[{}],"[{"],"u":")" +
                                 filler + R"("},"b":")" + filler + R"(\"}","c":1})";
        CAPTURE(text);
        CHECK(outcome(R"({"var":"c"})", text) == "1");
        CHECK(outcome(R"({"length":{"var":"b"}})", text) == std::to_string(length + 2));
        CHECK(outcome(R"({"var":""})", text) == to_text(parse_json(text)));
    }
}

TEST_CASE("iterations with a body of one instruction are iterations") {
    const std::string data = R"({"n":[{"v":1},{"v":2},{"w":3}],"t":["x"]})";
    CHECK(outcome(R"({"map":[{"var":"n"},{"var":"v"}]})", data) == "[1,2,null]");
    CHECK(outcome(R"({"map":[{"var":"n"},7]})", data) == "[7,7,7]");
    CHECK(outcome(R"({"filter":[{"var":"n"},{">":[{"var":"v"},1]}]})", data) == R"([{"v":2}])");
    CHECK(outcome(R"({"all":[{"var":"n"},{">=":[{"var":"v"},1]}]})", data) == "false");
    CHECK(outcome(R"({"some":[{"var":"n"},{"==":[{"var":"v"},2]}]})", data) == "true");
    CHECK(outcome(R"({"none":[{"var":"n"},{"==":[{"var":"v"},5]}]})", data) == "true");
    CHECK(outcome(R"({"map":[{"var":"t"},{">":[{"var":""},1]}]})", data) == "NaN at /map/1/>");
    CHECK(outcome(R"({"try":[{"map":[{"var":"t"},{">":[{"var":""},1]}]},{"val":"type"}]})", data) ==
          R"("NaN")");
    CHECK(outcome(R"({"map":[{"var":"n"},{"val":[[1],"index"]}]})", data) == "[0,1,2]");
}

TEST_CASE("a rule's work is bounded") {
    CHECK(
        outcome(
            R"({"reduce":[{"var":""},{"cat":[{"var":"accumulator"},{"var":"accumulator"},"xx"]},"x"]})",
            "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]") ==
        "Limit Exceeded at /reduce/1/cat");
    std::string wide = "[0";
    for (int i = 0; i < 2000; ++i) wide += ",0";
    wide += "]";
    CHECK(outcome(R"({"map":[{"var":""},{"map":[{"val":[[2]]},1]}]})", wide)
              .starts_with("Limit Exceeded"));
    CHECK(outcome(R"({"reduce":[{"var":""},[{"var":"accumulator"}],0]})", wide)
              .starts_with("Limit Exceeded"));
    CHECK(outcome(R"({"try":[{"reduce":[{"var":""},[{"var":"accumulator"}],0]},1]})", wide)
              .starts_with("Limit Exceeded"));
    std::string deep = "1";
    for (int i = 0; i < 100; ++i) deep = R"({"!":)" + deep + "}";
    CHECK(outcome(deep).starts_with("Limit Exceeded"));
}

TEST_CASE("an evaluator runs one rule after another") {
    Document document;
    Evaluator evaluator;
    const Value data = document.read(R"({"n":[1,2,3],"s":"x"})");
    const Program bad = compile_jsonlogic(parse_json(R"({"map":[{"var":"n"},{"throw":"no"}]})"));
    const Program sum = compile_jsonlogic(parse_json(
        R"({"reduce":[{"var":"n"},{"+":[{"var":"current"},{"var":"accumulator"}]},0]})"));
    for (int i = 0; i < 3; ++i) {
        CHECK(evaluator.run(sum, data)->number == 6);
        const Program text = compile_jsonlogic(parse_json(R"({"+":[{"var":"s"}]})"));
        CHECK(evaluator.run(text, data) == nullptr);
        CHECK(evaluator.error().type == "NaN");
        CHECK(evaluator.run(bad, data) == nullptr);
    }
}
