#include "tests/fuzz/import_rows.hpp"

#include "domain/record/change.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <sys/mman.h>
#include <system_error>
#include <unistd.h>

namespace throughline::fuzz {

namespace {

void check_row(const Kind& kind, const ImportRow& row) {
    demand_lawful(row.errors);
    if (!row.errors.empty()) return;
    const Json body(row.body);
    demand_readable(body);
    for (const auto& draft : {check_create(kind, body), check_update(kind, body)})
        if (!draft) demand_lawful(draft.error());
}

} // namespace

std::filesystem::path memory_file(std::string_view bytes) {
    static const int file = ::memfd_create("import", MFD_CLOEXEC);
    if (file < 0 || ::ftruncate(file, 0) != 0 ||
        ::pwrite(file, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        throw std::system_error(errno, std::generic_category(), "no file in memory");
    return "/proc/self/fd/" + std::to_string(file);
}

void check_import(const Kind& kind, ImportFormat format, std::string_view bytes,
                  const ColumnMapping& mapping) {
    const auto file = memory_file(bytes);
    const auto opened = open_import(kind, format, file, mapping);
    if (!opened) return demand_lawful(opened.error());
    const auto again = open_import(kind, format, file, mapping);
    demand(again.has_value(), "a file opens a second time");
    std::int64_t line = 0;
    while (const auto row = opened->rows->next()) {
        const auto same = again->rows->next();
        demand(same && same->line == row->line && same->body == row->body &&
                   same->errors == row->errors,
               "a file has the same rows each time");
        demand(row->line > line, "rows begin on lines of their own, in order");
        line = row->line;
        check_row(kind, *row);
    }
    demand(!again->rows->next(), "a file has the same rows each time");
}

} // namespace throughline::fuzz
