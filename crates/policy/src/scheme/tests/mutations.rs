//! Whatever a document says, reading it answers: a scheme or its faults, never a panic.

use crate::scheme::{Scheme, shipped};

/// A small generator of numbers: the same seed, the same documents.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap()
    }
}

const INSERTED: [&str; 24] = [
    "\"",
    "[",
    "]",
    "{",
    "}",
    "=",
    ".",
    ",",
    "\n",
    "#",
    "[[kinds]]\n",
    "[roles.staff]\n",
    "0",
    "-1",
    "true",
    "\"all\"",
    "\u{0}",
    "é",
    "'''",
    "99999999999999999999",
    "1979-05-27",
    "[a.b.c]\n",
    "x.y = 1\n",
    "{ name = 1 }",
];

/// Spoils a document: bytes go, pieces come, lines change places or come twice.
fn spoil(text: &str, numbers: &mut Numbers) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..=numbers.below(4) {
        let (one, other) = (numbers.below(lines.len()), numbers.below(lines.len()));
        match numbers.below(10) {
            0 => lines.swap(one, other),
            1 => {
                lines.remove(one);
            }
            2 => lines.insert(one, lines[other].clone()),
            3 => {
                let from: String =
                    lines[other].split_once('=').map(|(_, value)| value.to_owned()).unwrap_or_default();
                let key: String = lines[one].split('=').next().unwrap_or_default().to_owned();
                lines[one] = format!("{key}={from}");
            }
            4 => {
                let mut characters: Vec<char> = lines[one].chars().collect();
                if !characters.is_empty() {
                    characters.remove(numbers.below(characters.len()));
                }
                lines[one] = characters.into_iter().collect();
            }
            5 => {
                let mut characters: Vec<char> = lines[one].chars().collect();
                let at = numbers.below(characters.len() + 1);
                let piece = INSERTED[numbers.below(INSERTED.len())];
                characters.splice(at..at, piece.chars());
                lines[one] = characters.into_iter().collect();
            }
            _ => exchange_words(&mut lines, numbers),
        }
    }
    lines.join("\n")
}

/// Puts a quoted word from anywhere in the place of another, so that the document stays TOML.
fn exchange_words(lines: &mut [String], numbers: &mut Numbers) {
    let quoted =
        |line: &str| -> Vec<String> { line.split('"').skip(1).step_by(2).map(str::to_owned).collect() };
    let words: Vec<String> =
        lines.iter().filter(|line| !line.starts_with('#')).flat_map(|line| quoted(line)).collect();
    let old = words[numbers.below(words.len())].clone();
    let new = words[numbers.below(words.len())].clone();
    let holding: Vec<usize> = (0..lines.len()).filter(|&at| quoted(&lines[at]).contains(&old)).collect();
    let line = holding[numbers.below(holding.len())];
    lines[line] = lines[line].replacen(&format!("\"{old}\""), &format!("\"{new}\""), 1);
}

#[test]
fn spoilt_documents_are_answered() {
    let mut numbers = Numbers(0x5eed);
    let (mut sound, mut refused, mut broken) = (0, 0, 0);
    for round in 0..4_000 {
        let (_, text) = shipped()[round % shipped().len()];
        let spoilt = spoil(text, &mut numbers);
        match Scheme::parse(&spoilt) {
            Ok(scheme) => {
                sound += 1;
                let (_, other) = shipped()[numbers.below(shipped().len())];
                let _either = Scheme::parse_after(other, &scheme);
            }
            Err(faults) => {
                assert!(!faults.is_empty());
                let lines = spoilt.split('\n').count();
                for fault in &faults {
                    assert!((1..=lines + 1).contains(&fault.line) && fault.column >= 1, "{fault}");
                    let prose = fault.to_string();
                    assert!(!prose.contains(['\n', '\r']) && !prose.ends_with('.'), "{prose:?}");
                }
                if faults.iter().all(|fault| fault.key.is_empty()) { broken += 1 } else { refused += 1 }
            }
        }
    }
    println!("{sound} sound, {refused} refused, {broken} no TOML");
    assert!(sound > 100 && refused > 500 && broken > 100);
}

#[test]
fn truncated_documents_are_answered() {
    for (_, text) in shipped() {
        for end in (0..text.len()).step_by(37).filter(|&end| text.is_char_boundary(end)) {
            let _either = Scheme::parse(&text[..end]);
        }
    }
}

/// Documents that are as long as they may be, and as awkward, are answered in reasonable time and space.
#[test]
fn long_documents_are_answered() {
    let roles = |body: &str| -> String {
        let names: Vec<String> = (0..120).map(|n| format!("\"r{n}\"")).collect();
        let tables =
            (0..120).map(|n| format!("[roles.r{n}]\nrank = 1\nincludes = [{}]\n{body}\n", names.join(", ")));
        tables.collect()
    };
    let unknown: String = (0..70_000).map(|n| format!("\"x{n}\", ")).collect();
    let ways: String = (0..10_000)
        .map(|n| {
            format!(
                "{{ name = \"customer.view\", classes = [], at = [\"k{}\", \"k{}\"] }},\n",
                n % 97,
                n % 89
            )
        })
        .collect();
    let documents = [
        roles(""),
        format!("[kinds.k]\nroot = true\nroles = [{unknown}]\n"),
        format!("[roles.r]\nrank = 1\ncapabilities = [{ways}]\n"),
        (0..20_000).map(|n| format!("k{n} = 1\n")).collect(),
        (0..20_000).map(|n| format!("k{n}.a = 1\n")).collect(),
        (0..40_000).map(|n| format!("[roles.r{n}]\n")).collect(),
        "[roles.r]\n".to_owned() + &"\n".repeat(1 << 19),
    ];
    for document in documents {
        let faults = Scheme::parse(&document).unwrap_err();
        assert!((1..=1_001).contains(&faults.len()), "{}", faults.len());
        assert!(faults.iter().all(|fault| fault.to_string().len() < 4_000));
    }
}

#[test]
fn deep_documents_are_answered() {
    for text in [
        "[".repeat(100_000),
        "a = ".to_owned() + &"[".repeat(100_000),
        format!("{} = 1", vec!["a"; 50_000].join(".")),
    ] {
        assert_eq!(Scheme::parse(&text).unwrap_err().len(), 1);
    }
}
