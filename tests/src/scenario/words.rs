//! The small language in which scenarios say things: clauses between commas, words between spaces, `{a b}` for a
//! set of names, `'…'` for a text.
//!
//! `staff at north, only {n1 n2}, note 'while Ann is away'`

/// What stands between two commas.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Clause {
    /// Its words, in order.
    pub(crate) words: Vec<String>,
    /// The set that it names, if any.
    pub(crate) set: Option<Vec<String>>,
    /// The text that it quotes, if any.
    pub(crate) text: Option<String>,
}

impl Clause {
    /// The words, for matching.
    pub(crate) fn words(&self) -> Vec<&str> {
        self.words.iter().map(String::as_str).collect()
    }

    /// Whether there is nothing but words.
    pub(crate) fn is_plain(&self) -> bool {
        self.set.is_none() && self.text.is_none()
    }
}

/// Reads a phrase.
///
/// # Errors
/// When a set or a text is not closed, or a clause has two of them.
pub(crate) fn clauses(phrase: &str) -> Result<Vec<Clause>, String> {
    let mut clauses = Vec::new();
    let mut clause = Clause::default();
    let mut chars = phrase.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ',' => clauses.push(std::mem::take(&mut clause)),
            '{' => {
                let inner = until(&mut chars, '}', phrase)?;
                let names = inner.split_whitespace().map(str::to_owned).collect();
                if clause.set.replace(names).is_some() {
                    return Err(format!("`{phrase}`: two sets in one clause"));
                }
            }
            '\'' => {
                let text = until(&mut chars, '\'', phrase)?;
                if clause.text.replace(text).is_some() {
                    return Err(format!("`{phrase}`: two texts in one clause"));
                }
            }
            c if c.is_whitespace() => {}
            c => {
                let mut word = String::from(c);
                while let Some(next) = chars.next_if(|n| !n.is_whitespace() && !matches!(n, ',' | '{' | '\''))
                {
                    word.push(next);
                }
                clause.words.push(word);
            }
        }
    }
    clauses.push(clause);
    Ok(clauses)
}

fn until(chars: &mut impl Iterator<Item = char>, end: char, phrase: &str) -> Result<String, String> {
    let mut inner = String::new();
    for c in chars {
        if c == end {
            return Ok(inner);
        }
        inner.push(c);
    }
    Err(format!("`{phrase}`: `{end}` is missing"))
}
