# Signing in by SAML in a real browser, at real identity providers: the scenarios of tests/browser.
# shellcheck shell=bash disable=SC2154 # names are shared by the files that deploy/dev reads

SIMPLESAMLPHP=/usr/share/simplesamlphp
BROWSER_TESTS=$ROOT/tests/browser

# What all of it needs beyond the rest, installed where it is missing. Dies where that cannot be.
prepare_browser() {
    need_programs python chromium simplesamlphp node openssl
    make_venv "$STATE/nanoidp" "$BROWSER_TESTS/nanoidp.txt" nanoidp
    make_npm
}

# The modules of package-lock.json, in our own folder.
make_npm() {
    local wanted=$BROWSER_TESTS/package-lock.json npm=$STATE/npm
    if cmp -s "$wanted" "$npm/made-from"; then return; fi
    step "installing playwright-core from npm into $npm"
    rm -rf "$npm"
    mkdir "$npm"
    cp "$BROWSER_TESTS"/package{,-lock}.json "$npm"
    (cd "$npm" && npm ci --no-audit --no-fund --no-update-notifier --ignore-scripts --loglevel=error >&2) ||
        die "playwright-core cannot be installed." "It comes from the npm registry: see above."
    cp "$wanted" "$npm/made-from"
}

# Against the server and the worker that are running.
play_browser() {
    find_chromium
    start_simplesamlphp
    start_nanoidp
    step "signing in with $("$CHROMIUM" --version 2>/dev/null || echo "$CHROMIUM")"
    ROLLCALL_URL=$ROLLCALL_URL CHROMIUM=$CHROMIUM NPM_FOLDER=$STATE/npm SIMPLESAMLPHP_STATE=$STATE/identity-providers \
        SIMPLESAMLPHP_PORT=$(setting SIMPLESAMLPHP_PORT) NANOIDP_PORT=$(setting NANOIDP_PORT) \
        node "$BROWSER_TESTS/play.mjs" >&2 ||
        die "Signing in is not as it was promised." "See above; the logs are in $STATE/log."
    stop_list "${IDENTITY_PROVIDERS[@]}"
}

# Both are called localhost: Rollcall is at 127.0.0.1, which to a browser is another site.
start_simplesamlphp() {
    local port folder=$STATE/identity-providers
    port=$(port SIMPLESAMLPHP_PORT)
    step "starting SimpleSAMLphp"
    (umask 077 && mkdir -p "$folder")
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=SimpleSAMLphp -keyout "$folder/signing.key" \
        -out "$folder/signing.crt" 2>"$STATE/log/openssl.log" || die "openssl has made no key." "See $STATE/log/openssl.log."
    launch simplesamlphp env SIMPLESAMLPHP_CONFIG_DIR="$BROWSER_TESTS/simplesamlphp" SIMPLESAMLPHP_STATE="$folder" \
        SIMPLESAMLPHP_URL="http://localhost:$port" SIMPLESAMLPHP_SALT="$(secret SIMPLESAMLPHP_SALT)" \
        php -S "127.0.0.1:$port" -t "$SIMPLESAMLPHP/www"
    await simplesamlphp 30 answers "$port" /saml2/idp/metadata.php
}

# It writes beside its configuration: that of ours is copied.
start_nanoidp() {
    local port folder=$STATE/identity-providers/nanoidp
    port=$(port NANOIDP_PORT)
    step "starting nanoidp"
    cp -r "$BROWSER_TESTS/nanoidp" "$folder"
    launch nanoidp env NANOIDP_URL="http://localhost:$port" NANOIDP_KEYS="$folder/keys" \
        "$STATE/nanoidp/bin/nanoidp" --config "$folder" --host 127.0.0.1 --port "$port"
    await nanoidp 30 answers "$port" /saml/metadata
}

answers() { [[ $(http_status "$1" "$2") = 200 ]]; }
