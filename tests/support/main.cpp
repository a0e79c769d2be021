#define DOCTEST_CONFIG_IMPLEMENT
#include "tests/support/skip.hpp"

#include <doctest/doctest.h>

int main(int argc, char** argv) {
    const int status = doctest::Context(argc, argv).run();
    return status == 0 && throughline::has_noted_skip() ? throughline::skipped_status : status;
}
