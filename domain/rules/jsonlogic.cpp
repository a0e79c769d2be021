#include "domain/rules/jsonlogic.hpp"

#include "domain/rules/compiler.hpp"

namespace throughline::rules {

Program compile_jsonlogic(const Json& rule, std::string_view pointer) {
    PatternRoom patterns;
    return compile_jsonlogic(rule, pointer, patterns);
}

Program compile_jsonlogic(const Json& rule, std::string_view pointer, PatternRoom& patterns) {
    return Compiler(pointer, patterns).compile(rule);
}

} // namespace throughline::rules
