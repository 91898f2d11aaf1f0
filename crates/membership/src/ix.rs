//! Small numbers that stand for ids inside one process. They are never written, sent or shown.

macro_rules! index {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $inner);
    };
}

index!(
    /// A unit of the world; below 2²³.
    UnitIx(u32)
);
index!(
    /// A user of the world.
    UserIx(u32)
);
index!(
    /// A customer of the world.
    CustomerIx(u32)
);
index!(
    /// A unit kind of the scheme; below 64.
    KindIx(u8)
);
index!(
    /// A role of the scheme; below 255.
    RoleIx(u8)
);
index!(
    /// A system of the scheme; below 64.
    SystemIx(u8)
);
index!(
    /// A reporting role of the scheme.
    ReportingRoleIx(u8)
);
index!(
    /// A user type of the scheme.
    UserTypeIx(u8)
);
