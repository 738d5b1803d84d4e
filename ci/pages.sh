#!/usr/bin/env bash
# The branch of `origin` that the dashboard is published from; it has no history in common with the code.
#
# `ci/pages.sh fetch BRANCH DIRECTORY` brings the history of earlier runs, if there is one.
# `ci/pages.sh publish BRANCH DIRECTORY MESSAGE` puts the files of the directory there, and leaves what else is there alone.
set -euo pipefail

# The commit of the branch, and nothing if there is none. An origin that cannot be reached is an error, and not the same:
# whoever took it for a first run would begin a new history over the old one.
# It must not be called in a condition, where the shell forgets errors.
head_of() {
    git ls-remote --heads origin "refs/heads/$1"
}

fetch() {
    local branch=$1 directory=$2 head
    head=$(head_of "$branch")
    mkdir -p "$directory"
    if [[ -z $head ]]; then
        printf 'there is no branch %s yet: this is the first run\n' "$branch"
        return
    fi
    git fetch --quiet --depth 1 origin "refs/heads/$branch"
    if git cat-file -e FETCH_HEAD:history.jsonl; then
        git show FETCH_HEAD:history.jsonl > "$directory/history.jsonl"
    else
        printf 'there is no history on %s yet: this is the first run\n' "$branch"
    fi
}

publish() {
    local branch=$1 directory=$2 message=$3 head
    if [[ ! -s $directory/index.html ]]; then
        printf 'there is no page to publish: %s/index.html is missing or empty\n' "$directory" >&2
        return 2
    fi
    head=$(head_of "$branch")
    if [[ -n $head ]]; then
        git fetch --quiet --depth 1 origin "refs/heads/$branch"
        git worktree add --quiet --detach "$tree" FETCH_HEAD
    else
        git worktree add --quiet --orphan -b "$new" "$tree"
    fi
    cp -R "$directory/." "$tree/"
    # Otherwise GitHub's site generator goes over the files first.
    touch "$tree/.nojekyll"
    git -C "$tree" add --all
    if git -C "$tree" diff --cached --quiet; then
        printf 'nothing has changed since the last time\n'
    else
        git -C "$tree" commit --quiet --message "$message"
        git -C "$tree" push --quiet origin "HEAD:refs/heads/$branch"
        printf 'published on %s\n' "$branch"
    fi
}

clean_up() {
    git worktree remove --force "$tree" 2> /dev/null || rm -rf "$tree"
    git branch --quiet -D "$new" 2> /dev/null || true
}

case "${1-} $#" in
    "fetch 3") fetch "$2" "$3" ;;
    "publish 4")
        tree=$(mktemp -d)
        new=pages-$$
        trap clean_up EXIT
        publish "$2" "$3" "$4"
        ;;
    *)
        printf 'usage: ci/pages.sh fetch BRANCH DIRECTORY | ci/pages.sh publish BRANCH DIRECTORY MESSAGE\n' >&2
        exit 2
        ;;
esac
