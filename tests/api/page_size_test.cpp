#include "api/page_size.hpp"

#include <doctest/doctest.h>

namespace throughline {

TEST_CASE("a page has more rows where they are light, and fewer where they are heavy") {
    PageSize size(PageSize::least, 200);
    CHECK(size.rows() == 4);
    size.fit(10, 1000);
    CHECK(size.rows() == 16);
    size.fit(500, 1000);
    CHECK(size.rows() == 16);
    for (int i = 0; i < 5; ++i) size.fit(10, 1000);
    CHECK(size.rows() == 200);
    size.fit(1000, 1000);
    CHECK(size.rows() == 50);
    for (int i = 0; i < 5; ++i) size.fit(100'000, 1000);
    CHECK(size.rows() == 4);
}

} // namespace throughline
