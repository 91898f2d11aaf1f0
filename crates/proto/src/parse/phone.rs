//! Telephone numbers as people write them become E.164.

use rlibphonenumber::{PhoneNumber, PhoneNumberFormat, Region};

/// The country of telephone numbers that name none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PhoneCountry(Option<Region>);

impl PhoneCountry {
    /// The country of two capital letters (ISO 3166); unknown letters are no country.
    #[must_use]
    pub fn of(letters: Option<&str>) -> Self {
        // `ZZ` is the library's for none.
        Self(letters.and_then(|letters| letters.parse().ok()).filter(|region| *region != Region::ZZ))
    }

    /// A number in E.164.
    ///
    /// # Errors
    /// What a number must be, where this cannot be one; it is not repeated.
    pub(crate) fn read(self, text: &str) -> Result<String, &'static str> {
        let known = match self.0 {
            Some(_) => {
                "is no telephone number: `+`, the country and the number, or a number of the scheme's country"
            }
            None => "is no telephone number: `+`, the country and the number",
        };
        // Longer ones are none, and are not looked at.
        if text.len() > 64 {
            return Err(known);
        }
        let number = PhoneNumber::parse(text, self.0).map_err(|_| known)?;
        if number.extension.is_some() {
            return Err("has an extension, which is not kept: numbers are kept in E.164");
        }
        number.is_possible_with_reason().map_err(|_| known)?;
        Ok(number.format_as(PhoneNumberFormat::E164).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_identity::{Field, kept};

    use super::*;

    #[test]
    fn numbers_become_e164() {
        let (here, nowhere) = (PhoneCountry::of(Some("US")), PhoneCountry::of(None));
        for (text, kept) in [
            ("6546546543", "+16546546543"),
            ("(217) 789-7897", "+12177897897"),
            ("+44 20 7946 0958", "+442079460958"),
            ("tel:+12177897897", "+12177897897"),
        ] {
            assert_eq!(here.read(text).as_deref(), Ok(kept));
        }
        assert_eq!(nowhere.read("+442079460958").as_deref(), Ok("+442079460958"));
        assert!(nowhere.read("2177897897").is_err());
        assert_eq!(PhoneCountry::of(Some("ZZ")), nowhere);
    }

    #[test]
    fn what_is_no_number_is_refused_and_not_repeated() {
        let here = PhoneCountry::of(Some("US"));
        for text in
            ["", "12", "911", "abc", "2177897897;drop", "00000000000", "+999123456", "654-654-6543 x12"]
        {
            let fault = here.read(text).unwrap_err();
            assert!(text.is_empty() || !fault.contains(text), "{fault}");
        }
        assert!(here.read(&"2".repeat(10_000)).is_err());
    }

    /// What is read is kept as it is, and reading it again changes nothing.
    #[test]
    fn what_is_read_is_what_is_kept() {
        let here = PhoneCountry::of(Some("GB"));
        for text in
            ["020 7946 0958", "+1 217 789 7897", "+49 30 901820", "+39 06 698 12345", "+225 27 20 20 00 00"]
        {
            let read = here.read(text).unwrap();
            assert_eq!(kept(Field::WorkPhone, &read).as_ref(), Ok(&read));
            assert_eq!(here.read(&read).as_ref(), Ok(&read));
        }
    }
}
