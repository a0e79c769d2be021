#include "domain/rules/jsonlogic.hpp"

#include "domain/rules/compiler.hpp"

namespace throughline::rules {

Program compile_jsonlogic(const Json& rule, std::string_view pointer) {
    return Compiler(pointer).compile(rule);
}

} // namespace throughline::rules
