# shellcheck shell=bash
# What the loads ask for: an image, a large blob, and repositories with many tags.
# shellcheck disable=SC2154  # $work and $repository are the caller's

# seed SERVER: the image of $work/image, the blob $work/large and a thousand tags.
seed() {
    quietly crane push "$work/image" "${address[$1]}/$repository:1.0"
    push_file "$1" "$work/large" "$(credentials "$1")"
    quietly crane push "$work/image" "${address[$1]}/bench/thousand:tag-000000"
    put_tags "$1" bench/thousand 1 1000
}

# seed_files: the same bytes below nginx's folder, at the same paths.
seed_files() {
    local root=$work/nginx/files/v2/$repository
    mkdir -p "$root/manifests" "$root/blobs"
    cp "$work/manifest" "$root/manifests/1.0"
    cp "$work/image/blobs/sha256/${layer#sha256:}" "$root/blobs/$layer"
    cp "$work/large" "$root/blobs/$(cat "$work/large.digest")"
}

# put_tags SERVER REPOSITORY FIRST LAST: a PUT each, many at a time.
put_tags() {
    quietly curl -sS --fail --parallel --parallel-max 16 -o /dev/null -T "$work/manifest" -H "$(credentials "$1")" \
        -H "Content-Type: $manifest_type" \
        "http://${address[$1]}/v2/$2/manifests/tag-[$(printf '%06d' "$3")-$(printf '%06d' "$4")]"
}

# put_many_tags SERVER REPOSITORY COUNT: 50 tags by each PUT of the digest, as the newest distribution spec has it.
put_many_tags() {
    local first
    quietly crane push "$work/image" "${address[$1]}/$2:tag-000000"
    for ((first = 1; first <= $3; first += 50)); do
        printf 'upload-file = "%s"\noutput = /dev/null\nurl = "http://%s/v2/%s/manifests/%s?%s"\n' "$work/manifest" \
            "${address[$1]}" "$2" "$manifest" "$(printf '&tag=tag-%06d' $(seq "$first" $((first + 49))))"
    done >"$work/puts"
    quietly curl -sS --fail --parallel --parallel-max 8 -H "$(credentials "$1")" -H "Content-Type: $manifest_type" \
        -K "$work/puts"
}
