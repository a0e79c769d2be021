"""metrics.py URL FILE…: whether /metrics is Prometheus text, and has what files ask for: dashboards in
JSON, and Markdown with blocks of PromQL, an expression a line."""
import json
import re
import sys
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

# Names that other programs rely on, of what exists so far. Those of the relay need a broker:
# tests/kafka/republish_test.cpp looks for them.
EXPECTED = {
    "event_append_batch_size", "event_append_seconds", "log_head_position", "projection_lag_events",
    "projection_lag_seconds", "dead_letters", "http_requests_total", "http_request_seconds",
    "access_denied_total", "automation_rules_total", "automation_runs_total",
    "automation_run_duration_seconds"}
# What Prometheus says itself, and the relay's.
NOT_EXPOSED = {"up", "relay_lag_events", "relay_lag_seconds"}
NAME = re.compile(r"^[a-z][a-z0-9_]*$")


def faults_of_lines(text):
    """What the format 0.0.4 asks of lines and a lenient reader lets pass."""
    seen, current = set(), None
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name = line.split(" ", 3)[2]
            if name in seen:
                yield f"{name} stands in two groups"
            seen.add(name)
            current = name
        elif not line.startswith("#"):
            name = re.split(r"[{ ]", line, maxsplit=1)[0]
            if re.sub(r"_(bucket|sum|count)$", "", name) != current and name != current:
                yield f"{name} stands outside of its group"
    if text and not text.endswith("\n"):
        yield "the last line does not end"


def faults_of_family(family):
    if not NAME.match(family.name):
        yield f"{family.name} is no snake_case name"
    if not family.documentation or family.type == "unknown":
        yield f"{family.name} has no help or no type"
    samples = set()
    for sample in family.samples:
        key = (sample.name, tuple(sorted(sample.labels.items())))
        if key in samples:
            yield f"{key} stands twice"
        samples.add(key)
        if family.type == "counter" and (not sample.name.endswith("_total") or sample.value < 0):
            yield f"{sample.name} is no counter"
    if family.type == "histogram":
        yield from faults_of_histogram(family)


def faults_of_histogram(family):
    series = {}
    for sample in family.samples:
        labels = tuple(sorted((k, v) for k, v in sample.labels.items() if k != "le"))
        of = series.setdefault(labels, {"buckets": []})
        if sample.name.endswith("_bucket"):
            of["buckets"].append((float(sample.labels["le"]), sample.value))
        else:
            of[sample.name.rpartition("_")[2]] = sample.value
    for labels, of in series.items():
        bounds = [bound for bound, _ in of["buckets"]]
        counts = [count for _, count in of["buckets"]]
        if bounds != sorted(set(bounds)) or bounds[-1:] != [float("inf")]:
            yield f"{family.name}{labels}: its bounds do not rise to +Inf"
        if counts != sorted(counts) or counts[-1:] != [of.get("count")] or "sum" not in of:
            yield f"{family.name}{labels}: its counts do not add up"


def metrics_in(expression):
    """Names of metrics in PromQL: what is no label, function or keyword."""
    expression = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\"[^\"]*\"", " ", expression)
    expression = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", expression)
    names = re.findall(r"[a-zA-Z_:][a-zA-Z0-9_:]*(?!\w*\s*\()", expression)
    return {name for name in names if name not in ("and", "or", "unless", "bool", "offset", "le")}


def expressions(node):
    if isinstance(node, dict):
        if isinstance(node.get("expr"), str):
            yield node["expr"]
        for value in node.values():
            yield from expressions(value)
    elif isinstance(node, list):
        for value in node:
            yield from expressions(value)


def expressions_of(file):
    with open(file, encoding="utf-8") as opened:
        text = opened.read()
    if file.endswith(".json"):
        return list(expressions(json.loads(text)))
    blocks = re.findall(r"^```promql\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


def main(url, files):
    with urllib.request.urlopen(url + "/metrics") as answer:
        text = answer.read().decode()
    faults = list(faults_of_lines(text))
    families = list(text_string_to_metric_families(text))
    exposed = set()
    for family in families:
        faults += faults_of_family(family)
        exposed.add(family.name)
        exposed |= {sample.name for sample in family.samples}
    faults += [f"{name} is missing" for name in sorted(EXPECTED - exposed)]
    count = 0
    for file in files:
        asked = expressions_of(file)
        count += len(asked)
        faults += [f"{file}: {name} is not exposed: {expression}" for expression in asked
                   for name in sorted(metrics_in(expression) - exposed - NOT_EXPOSED)]
        if not asked:
            faults.append(f"{file} asks for nothing")
    print("\n".join(faults))
    print(f"{len(families)} families, {count} expressions, {len(faults)} faults")
    return 1 if faults or not families else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
