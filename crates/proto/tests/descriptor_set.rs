//! What reflection serves: the embedded descriptor set is whole, and explains every RPC, message and field to the
//! operator who types `grpcurl describe`.

#![expect(clippy::expect_used, reason = "a helper of a test may fail the test")]

use prost::Message;
use prost_types::field_descriptor_proto::Type;
use prost_types::source_code_info::Location;
use prost_types::{DescriptorProto, EnumDescriptorProto, FileDescriptorProto, FileDescriptorSet};

/// Field numbers in `descriptor.proto`, of which the paths of source locations are made.
mod path {
    pub(crate) const FILE_MESSAGE: i32 = 4;
    pub(crate) const FILE_ENUM: i32 = 5;
    pub(crate) const FILE_SERVICE: i32 = 6;
    pub(crate) const SERVICE_METHOD: i32 = 2;
    pub(crate) const MESSAGE_FIELD: i32 = 2;
    pub(crate) const ENUM_VALUE: i32 = 2;
}

fn set() -> FileDescriptorSet {
    FileDescriptorSet::decode(bailiwick_proto::FILE_DESCRIPTOR_SET).expect("the embedded set decodes")
}

fn own(set: &FileDescriptorSet, package: &str) -> Vec<FileDescriptorProto> {
    set.file.iter().filter(|file| file.package() == package).cloned().collect()
}

fn is_explained(file: &FileDescriptorProto, path: &[i32]) -> bool {
    let locations: &[Location] = file.source_code_info.as_ref().map_or(&[], |info| &info.location);
    locations.iter().any(|at| at.path == path && !at.leading_comments().trim().is_empty())
}

/// `path` with `index`th element of the list `field` appended.
fn below(path: &[i32], field: i32, index: usize) -> Vec<i32> {
    let mut path = path.to_vec();
    path.extend([field, i32::try_from(index).expect("a small index")]);
    path
}

fn unexplained_message(file: &FileDescriptorProto, message: &DescriptorProto, at: &[i32]) -> Vec<String> {
    let fields = message.field.iter().enumerate();
    let mut missing: Vec<String> = fields
        .filter(|(index, _)| !is_explained(file, &below(at, path::MESSAGE_FIELD, *index)))
        .map(|(_, field)| format!("{}.{}", message.name(), field.name()))
        .collect();
    if !is_explained(file, at) {
        missing.push(message.name().to_owned());
    }
    missing
}

fn unexplained_enum(file: &FileDescriptorProto, of: &EnumDescriptorProto, at: &[i32]) -> Vec<String> {
    let values = of.value.iter().enumerate();
    let mut missing: Vec<String> = values
        .filter(|(index, _)| !is_explained(file, &below(at, path::ENUM_VALUE, *index)))
        .map(|(_, value)| value.name().to_owned())
        .collect();
    if !is_explained(file, at) {
        missing.push(of.name().to_owned());
    }
    missing
}

#[test]
fn every_rpc_says_what_it_does_and_shows_an_example() {
    let mut missing = Vec::new();
    let mut rpcs = 0;
    for file in own(&set(), "bailiwick.v1") {
        for (service_index, service) in file.service.iter().enumerate() {
            let at = below(&[], path::FILE_SERVICE, service_index);
            assert!(is_explained(&file, &at), "{} has no comment", service.name());
            for (index, method) in service.method.iter().enumerate() {
                rpcs += 1;
                let at = below(&at, path::SERVICE_METHOD, index);
                let info = file.source_code_info.as_ref().expect("source info is in the set");
                let comment =
                    info.location.iter().find(|l| l.path == at).map_or("", |l| l.leading_comments());
                // The example calls this very method, with a request.
                let call = format!("bailiwick.v1.{}/{}", service.name(), method.name());
                if !comment.contains("grpcurl -plaintext -d '{") || !comment.contains(&call) {
                    missing.push(call);
                }
            }
        }
    }
    assert!(rpcs > 0, "no RPC found");
    assert_eq!(missing, Vec::<String>::new(), "RPCs without a comment that ends in an example");
}

#[test]
fn every_message_field_and_value_is_explained() {
    let set = set();
    let mut missing = Vec::new();
    for file in own(&set, "bailiwick.v1").into_iter().chain(own(&set, "bailiwick.log.v1")) {
        for (index, message) in file.message_type.iter().enumerate() {
            missing.extend(unexplained_message(&file, message, &below(&[], path::FILE_MESSAGE, index)));
        }
        for (index, of) in file.enum_type.iter().enumerate() {
            missing.extend(unexplained_enum(&file, of, &below(&[], path::FILE_ENUM, index)));
        }
    }
    assert_eq!(missing, Vec::<String>::new(), "without a comment");
}

#[test]
fn imports_are_in_the_set() {
    let set = set();
    for file in &set.file {
        for import in &file.dependency {
            assert!(set.file.iter().any(|other| other.name() == import), "{import} is missing");
        }
    }
}

/// Bytes of the log are hashed as first written, by whoever writes them: what they mean must not hang on the
/// order of a map, nor on a float's many zeroes.
#[test]
fn the_log_has_no_maps_and_no_floats() {
    let log = own(&set(), "bailiwick.log.v1");
    assert!(!log.is_empty(), "the log's package is missing");
    for message in log.iter().flat_map(|file| &file.message_type) {
        assert!(message.nested_type.is_empty(), "{} has a map or a nested message", message.name());
        for field in &message.field {
            assert!(
                !matches!(field.r#type(), Type::Float | Type::Double),
                "{}.{} is a float",
                message.name(),
                field.name()
            );
        }
    }
}

/// A client that reads an `Answer` of a batch reads a `CheckAccessResponse` in the same way.
#[test]
fn an_answer_has_the_fields_of_a_check() {
    let files = own(&set(), "bailiwick.v1");
    let message = |name: &str| -> Vec<(String, i32, Type)> {
        let found = files.iter().flat_map(|file| &file.message_type).find(|message| message.name() == name);
        let fields = &found.expect("the message exists").field;
        fields.iter().map(|field| (field.name().to_owned(), field.number(), field.r#type())).collect()
    };
    let mut check = message("CheckAccessResponse");
    check.retain(|(name, ..)| name != "token");
    assert_eq!(check, message("Answer"));
}
