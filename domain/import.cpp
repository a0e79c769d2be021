#include "domain/import.hpp"

namespace throughline {

Kind import_kind() {
    Kind kind{"import",
              "imports",
              {
                  text("kind").required(),
                  text("format").required(),
                  choice("status", {"running", "completed", "failed"})
                      .initially("running")
                      .change_is("status_changed")
                      .becoming_is("completed", "completed")
                      .becoming_is("failed", "failed"),
                  number("processed"),
                  number("created"),
                  number("updated"),
                  number("unchanged"),
                  number("skipped"),
                  number("failed"),
              },
              {"kind"}};
    kind.events = {"created", "updated", "completed", "failed"};
    return kind;
}

} // namespace throughline
