# What it ran on, for the report: $scratch/machine.tsv.
describe_machine() {
    local file=$scratch/postgres/fsync writes
    writes=$(LC_ALL=C dd if=/dev/zero of="$file" bs=8k count=500 oflag=dsync 2>&1 |
        awk -F ', ' '/copied/ {printf "%.0f", 500 / $3}')
    rm "$file"
    {
        printf 'date\t%s\n' "$(date -u +%F)"
        printf 'commit\t%s\n' "$(git -C "$root" --no-optional-locks rev-parse --short=12 HEAD 2>/dev/null || echo unknown)$(
            [ -z "$(git -C "$root" --no-optional-locks status --porcelain 2>/dev/null)" ] || echo ', with changes')"
        printf 'processor\t%s cores, %s\n' "$(nproc)" \
            "$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)"
        printf 'memory\t%s GB\n' "$(awk '/^MemTotal/ {printf "%.0f", $2 * 1024 / 1e9}' /proc/meminfo)"
        printf 'disk\t%s synchronous writes of 8 kB a second\n' "$writes"
        printf 'system\t%s, Linux %s\n' "$(. /etc/os-release && echo "$PRETTY_NAME")" \
            "$(uname -r | grep -oE '^[0-9]+(\.[0-9]+)*')"
        printf 'PostgreSQL\t%s\n' "$(sql_version)"
        printf 'Kafka\t%s\n' "$(sed -n 's/^version=//p' "$root/script/kafka")"
        printf 'compiler\t%s\n' "$("${CXX:-c++}" --version | head -n 1)"
        printf 'wrk\t%s\n' "$({ wrk -v 2>&1 || true; } | awk 'NR == 1 {print $2}')"
        printf 'seconds\t%s\n' "$seconds"
    } >"$scratch/machine.tsv"
}

sql_version() { cluster_sql "$scratch/postgres" 'show server_version'; }
