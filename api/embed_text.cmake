# Writes OUTPUT, a source that defines `std::string_view throughline::FUNCTION()` with INPUT's text.
file(READ ${INPUT} text)
file(WRITE ${OUTPUT}
    "#include <string_view>\nnamespace throughline {\nstd::string_view ${FUNCTION}();\n"
    "std::string_view ${FUNCTION}() {\n    return R\"embedded(${text})embedded\";\n}\n}\n")
