//! What is wrong with keys, types and names, whatever they mean.

use super::{BASE, accepted, base_with, faults, refused};
use crate::scheme::Scheme;

#[test]
fn a_document_that_is_no_toml_has_one_fault() {
    assert_eq!(faults("[scheme\n"), ["line 1, column 8: expected a right bracket, found a newline"]);
    assert_eq!(faults("a = 1\na = 2\n"), ["line 2, column 1: the key `a` is there twice"]);
    assert_eq!(faults("[a]\n[b]\n[a]\n"), ["line 3, column 1: the table `a` is there twice"]);
    assert_eq!(faults("a = \"x\n"), ["line 1, column 7: `\\n` may not stand in a text"]);
}

#[test]
fn a_document_has_a_limit() {
    let long = format!("{BASE}# {}", "x".repeat(1 << 20));
    let expected =
        format!("line 1, column 1: a scheme has at most 1048576 bytes, this one has {}", long.len());
    assert_eq!(faults(&long), [expected]);
    let many = "k = 1\n".repeat(20_001);
    assert_eq!(
        faults(&many),
        ["line 1, column 1: a scheme has at most 20000 equals signs, this one has 20001"]
    );
}

#[test]
fn an_empty_document_tells_what_it_lacks() {
    let expected = [
        "line 1, kinds: must be there: a scheme has at least one kind of unit",
        "line 1, roles: must be there: a scheme has at least one role",
        "line 1, scheme: must be there, with `format`, `name` and `title`",
    ];
    assert_eq!(faults(""), expected);
}

#[test]
fn all_faults_are_told_at_once_in_the_order_of_the_document() {
    let edits = [
        ("format = 1", "format = 2"),
        ("root = true", "root = \"yes\""),
        ("rank = 20", "rank = 0"),
        ("classes = \"all\"", "classes = [\"secret\"]"),
        ("handed_out_by = [\"head\"]", "handed_out_by = [\"boss\"]\ncolour = 1"),
    ];
    let expected = [
        "line 2, scheme.format: format 2 is not known; this is format 1",
        "line 16, kinds.region.root: must be `true` or `false`, not a text",
        "line 24, roles.head.rank: must be a whole number of at least 1, not 0; allowed: 1 to 4294967295",
        "line 30, roles.worker.capabilities[1].classes[1]: unknown class `secret`; allowed: `program`, `private`",
        "line 34, roles.helper.handed_out_by[1]: unknown role `boss`; allowed: `head`, `worker`, `helper`",
        "line 35, roles.helper.colour: unknown key; allowed: `title`, `rank`, `unranked`, `handed_out_by`, \
         `includes`, `capabilities`, `systems`, `user_management`, `max_per_unit`, `exclusive`, `beside`, \
         `required_fields`, `user_type`",
    ];
    refused(&edits, &expected);
}

#[test]
fn a_fault_knows_its_place() {
    let text = base_with(&[("rank = 10", "rank = \"ten\"")]);
    let faults = Scheme::parse(&text).unwrap_err();
    let fault = faults.first().unwrap();
    assert_eq!((fault.line, fault.column, fault.key.as_str()), (29, 1, "roles.worker.rank"));
    assert_eq!(fault.problem, "must be a whole number of at least 1, not a text");
    assert_eq!(fault.allowed.as_deref(), Some("1 to 4294967295"));
}

#[test]
fn types_are_told() {
    let cases = [
        ("title = \"Base\"", "title = 7", "line 4, scheme.title: must be a text, not a whole number"),
        (
            "classes = [\"program\", \"private\"]",
            "classes = \"all\"",
            "line 7, customers.classes: must be a list of texts, not a text",
        ),
        (
            "parents = [\"region\"]",
            "parents = [1.5]",
            "line 20, kinds.team.parents[1]: must be a text, not a fraction",
        ),
        (
            "[roles.head]\nrank = 20",
            "[roles.head]\nexclusive = []\nrank = 20",
            "line 24, roles.head.exclusive: must be `true` or `false`, not a list",
        ),
        (
            "\"report.view\"]\n\n[roles.w",
            "\"report.view\", 3]\n\n[roles.w",
            "line 26, roles.head.capabilities[3]: must be a text or a table, not a whole number",
        ),
        ("\n[kinds.team]", "kinds.x = 1\n[kinds.team]", "line 18, kinds.region.kinds: unknown key"),
    ];
    for (old, new, expected) in cases {
        let found = faults(&base_with(&[(old, new)]));
        assert!(found.iter().any(|fault| fault.starts_with(expected)), "{expected}\n{found:#?}");
    }
    let found = faults(&format!("roles = 3\ndesks.a = true\n{}", BASE.replace("[roles.", "[rules.")));
    assert_eq!(found.first().unwrap(), "line 1, roles: must be a table, not a whole number");
    assert_eq!(found.get(1).unwrap(), "line 2, desks.a: must be a table, not `true` or `false`");
}

#[test]
fn texts_have_limits() {
    let long = format!("title = \"{}\"", "é".repeat(201));
    refused(&[("title = \"Base\"", &long)], &["line 4, scheme.title: must have at most 200 characters"]);
    refused(&[("title = \"Base\"", "title = \" \"")], &["line 4, scheme.title: must not be empty"]);
    let tab = "title = \"a\\tb\"";
    refused(&[("title = \"Base\"", tab)], &["line 4, scheme.title: must not hold control characters"]);
}

#[test]
fn the_heading_is_whole() {
    refused(&[("format = 1\n", "")], &["line 1, scheme.format: must be there: 1"]);
    refused(&[("name = \"base\"\n", "")], &["line 1, scheme.name: must be there"]);
    refused(&[("title = \"Base\"\n", "")], &["line 1, scheme.title: must be there"]);
}

#[test]
fn names_are_plain() {
    let allowed = "a lower-case letter, then lower-case letters, digits, `-` and `_`; at most 64 characters";
    for (old, new, key) in [
        ("name = \"base\"", "name = \"Base\"", "line 3, scheme.name: `Base`"),
        ("[kinds.team]", "[kinds.7]", "line 19, kinds.7: `7`"),
        ("[roles.worker]", "[roles.\"wörker\"]", "line 28, roles.\"wörker\": `wörker`"),
        ("\"program\"", "\"pro gram\"", "line 7, customers.classes[1]: `pro gram`"),
    ] {
        let found = faults(&base_with(&[(old, new)]));
        assert!(found.contains(&format!("{key} is no name; allowed: {allowed}")), "{found:#?}");
    }
    refused(
        &[("\"report.view\"]\nr", "\"report\"]\nr"), ("\", \"report.view\"]", "\"]")],
        &[
            "line 9, capabilities.report: `report` is no name of a capability; allowed: two or three lower-case \
           words with dots between them, such as `query.run`",
        ],
    );
    refused(
        &[("", "[systems.\"\"]\n")],
        &[&format!("line 35, systems.\"\": `` is no name; allowed: {allowed}")],
    );
}

#[test]
fn some_names_have_a_meaning_already() {
    refused(
        &[
            ("", "[roles.operator]\nrank = 1\n"),
            ("roles = [\"worker\", ", "roles = [\"operator\", \"worker\", "),
        ],
        &["line 35, roles.operator: `operator` has a meaning of its own here: choose another name"],
    );
    refused(
        &[("", "[kinds.all]\nparents = [\"team\"]\n")],
        &["line 35, kinds.all: `all` has a meaning of its own here: choose another name"],
    );
}

#[test]
fn naming_twice_is_told() {
    refused(
        &[("\"program\", ", "\"private\", ")],
        &["line 7, customers.classes[2]: `private` is listed twice"],
    );
    refused(
        &[("handed_out_by = [\"head\"]", "handed_out_by = [\"head\", \"head\"]")],
        &["line 34, roles.helper.handed_out_by[2]: `head` is listed twice"],
    );
}

#[test]
fn there_is_only_so_much_of_everything() {
    let many = |section: &str, count: usize, body: &str| {
        (0..count).map(|n| format!("[{section}.n{n}]\n{body}\n")).collect::<String>()
    };
    let tail = |text: String| faults(&base_with(&[("", &text)])).pop().unwrap();
    let kinds = tail(many("kinds", 63, "parents = [\"region\"]"));
    assert_eq!(kinds, "line 159, kinds.n62: more than 64 kinds, those of earlier versions among them");
    let roles = tail(many("roles", 252, "rank = 1"));
    assert_eq!(roles, "line 537, roles.n251: more than 254 roles, those of earlier versions among them");
    let systems = tail(many("systems", 65, ""));
    assert_eq!(systems, "line 163, systems.n64: more than 64 systems, those of earlier versions among them");
    let caps: String =
        (0..1009).map(|n| format!("[capabilities.\"n.n{n}\"]\nresource = \"unit\"\n")).collect();
    let expected = "line 2051, capabilities.\"n.n1008\": more than 1024 capabilities, those of earlier versions \
                    among them";
    assert_eq!(tail(caps), expected);
    let classes: Vec<String> = (0..63).map(|n| format!("\"n{n}\"")).collect();
    refused(
        &[("\"program\", ", &format!("\"program\", {}, ", classes.join(", ")))],
        &["line 7, customers.classes[65]: more than 64 classes, those of earlier versions among them"],
    );
    accepted(&[("", &many("systems", 64, ""))]);
}
