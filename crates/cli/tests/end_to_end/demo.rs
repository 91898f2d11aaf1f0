//! `serve --demo`: what it prints works when pasted, and real clients find their way.

use std::process::Command;

use crate::process::{Served, bailiwick, has, text};

/// The commands in the greeting, each with the answer that the comment above it promises.
fn printed(greeting: &str) -> Vec<(String, String)> {
    let lines: Vec<&str> = greeting.lines().map(str::trim).collect();
    let commands = lines.windows(2).filter_map(|pair| match pair {
        [comment, command] if comment.starts_with("# ") && !command.is_empty() => {
            let promise = comment.trim_start_matches("# ").split(':').next()?;
            Some((promise.to_owned(), (*command).to_owned()))
        }
        _ => None,
    });
    commands.collect()
}

#[test]
fn the_three_printed_commands_answer_what_they_promise() {
    let served = Served::start(&["--demo"]);
    assert!(served.greeting.contains("loopback only"), "{}", served.greeting);
    let commands = printed(&served.greeting);
    assert_eq!(commands.len(), 3, "{}", served.greeting);
    for (promise, command) in commands {
        let program = command.split(' ').next().unwrap();
        if ["grpcurl", "buf"].contains(&program) && !has(program) {
            continue;
        }
        let output = Command::new("sh").args(["-c", &command]).output().unwrap();
        let said = text(&output.stdout) + &text(&output.stderr);
        for word in promise.split(", ") {
            let found = said.to_uppercase().contains(word);
            assert!(found, "`{command}` promised {promise} and said: {said}");
        }
    }
}

#[test]
fn all_four_realms_are_there() {
    let served = Served::start(&["--demo"]);
    let listed = bailiwick(&["realm", "list", "--server", &served.url()]);
    let listed = text(&listed.stdout);
    for realm in ["eto", "illinois-worknet", "dei-teams", "cmg-2012"] {
        assert!(listed.contains(realm), "{realm}: {listed}");
        let users =
            bailiwick(&["user", "list", "--realm", realm, "--server", &served.url(), "--output", "json"]);
        assert!(users.status.success(), "{}", text(&users.stderr));
        assert!(users.stdout.len() > 200, "{realm} has hardly any users: {}", text(&users.stdout));
    }
}

#[test]
fn grpcurl_lists_and_describes_every_method() {
    if !has("grpcurl") {
        return;
    }
    let served = Served::start(&[]);
    let grpcurl = |arguments: &[&str]| {
        let output =
            Command::new("grpcurl").arg("-plaintext").arg(&served.address).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    };
    let services = grpcurl(&["list"]);
    let mut methods = 0;
    for service in services.lines() {
        for method in grpcurl(&["list", service]).lines() {
            let described = grpcurl(&["describe", method]);
            assert!(described.contains("rpc "), "{method}: {described}");
            let commented = described.contains("// ") || !method.starts_with("bailiwick.");
            assert!(commented, "{method} has no comment: {described}");
            methods += 1;
        }
    }
    assert!(methods >= 30, "only {methods} methods: {services}");
}

#[test]
fn a_refusal_and_its_permission_by_the_command_line() {
    let served = Served::start(&["--demo"]);
    let suspend = |actor: &str| {
        bailiwick(&[
            "manage",
            "--realm",
            "eto",
            "--server",
            &served.url(),
            "bruno",
            "--as",
            actor,
            "--reason",
            "on leave",
            "suspend",
            "1",
        ])
    };
    let refused = suspend("mara");
    assert_eq!(refused.status.code(), Some(1), "{}", text(&refused.stderr));
    assert!((text(&refused.stdout) + &text(&refused.stderr)).contains("RANK_TOO_LOW"));
    let allowed = suspend("noah");
    assert_eq!(allowed.status.code(), Some(0), "{}", text(&allowed.stderr));
}

#[test]
fn what_rules_would_change_is_known_before_they_are_in_force() {
    let served = Served::start(&["--demo"]);
    let show = bailiwick(&["scheme", "show", "eto"]);
    let rules = text(&show.stdout);
    let directory = tempfile::tempdir().unwrap();
    let compare = |from: &str, to: &str| {
        assert!(rules.contains(from), "the scheme has no `{from}`");
        let file = directory.path().join("rules.toml");
        std::fs::write(&file, rules.replace(from, to)).unwrap();
        let file = file.to_str().unwrap();
        let output = bailiwick(&["scheme", "compare", file, "--realm", "eto", "--server", &served.url()]);
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    };
    let (code, said) = compare("gap = 0", "gap = 1");
    assert!(code == Some(0) && said.contains("management.gap = 1; it was 0"), "{code:?}: {said}");
    assert!(said.contains("user.manage"), "nobody loses a thing by the gap: {said}");
    // A kind of places that is in use.
    let (code, said) = compare("[kinds.program]", "[kinds.programme]");
    assert!(code == Some(1), "{code:?}: {said}");
    let (code, said) = compare("gap = 0", "gap = -1");
    assert!(code == Some(1) && said.contains("management.gap"), "{code:?}: {said}");
    let (code, said) = compare("gap = 0", "gap = 0");
    assert!(code == Some(0) && said.contains("in nothing"), "{code:?}: {said}");
}
