"""What generated requests may not hold, beside what the API says of itself."""
import schemathesis


@schemathesis.hook
def filter_case(context, case):
    # A position that nobody has reached is waited for, and then 503: tests/http prove it.
    return "Throughline-Min-Position" not in (case.headers or {})


@schemathesis.hook
def map_headers(context, headers):
    # The caller's only tenant, and no other.
    if headers:
        headers.pop("X-Tenant-ID", None)
        headers.pop("Throughline-Min-Position", None)
    return headers


@schemathesis.hook
def map_query(context, query):
    # A cursor is what a page before gave: nothing can make one up.
    if query:
        query.pop("cursor", None)
    return query
