#include "tests/support/skip.hpp"

#include <doctest/doctest.h>

namespace throughline {

namespace {

bool is_noted = false;

} // namespace

void note_skip(const std::string& reason) {
    is_noted = true;
    MESSAGE("SKIPPED: " << reason);
}

bool has_noted_skip() { return is_noted; }

} // namespace throughline
