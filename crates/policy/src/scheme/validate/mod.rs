//! What must be true of a scheme as a whole. Every check tells what it found and goes on.

use super::document::read::Section;
use super::document::{Draft, Names};

/// Examines a scheme whose sections have been read.
pub(super) fn examine(_draft: &Draft, _root: &Section<'_, '_>, _names: &Names) {}
