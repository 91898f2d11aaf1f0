//! Schemes are read, compiled and refused as their documents deserve.

use super::{Scheme, shipped};

#[test]
fn shipped_schemes_are_sound() {
    for (name, text) in shipped() {
        match Scheme::parse(text) {
            Ok(scheme) => assert_eq!(scheme.name(), *name),
            Err(faults) => {
                let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
                panic!("{name}:\n{}", faults.join("\n"));
            }
        }
    }
}
