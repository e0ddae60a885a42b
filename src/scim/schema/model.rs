//! What a schema says about an attribute, RFC 7643 §2.2, §2.3 and §7.
//!
//! The constructors give the defaults of RFC 7643 §2.2 (not required, not case exact, read-write,
//! returned by default, unique nowhere); each further call states one difference, so that a schema's
//! file reads like a table.

/// The type of an attribute's values, RFC 7643 §2.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Unicode text.
    String,
    /// `true` or `false`.
    Boolean,
    /// A number that may have a fraction.
    Decimal,
    /// A number without fraction and exponent.
    Integer,
    /// An xsd:dateTime, as text.
    DateTime,
    /// Base64, as text.
    Binary,
    /// A URI, as text.
    Reference,
    /// An object of sub-attributes, none of which is complex.
    Complex,
}

impl Type {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::String, Self::Boolean, Self::Decimal, Self::Integer, Self::DateTime, Self::Binary, Self::Reference, Self::Complex];

    /// The word in `/Schemas`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Boolean => "boolean",
            Self::Decimal => "decimal",
            Self::Integer => "integer",
            Self::DateTime => "dateTime",
            Self::Binary => "binary",
            Self::Reference => "reference",
            Self::Complex => "complex",
        }
    }
}

/// Who may change an attribute, RFC 7643 §7.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutability {
    /// Only we.
    ReadOnly,
    /// The client too.
    ReadWrite,
    /// The client, once.
    Immutable,
    /// The client, and nobody reads it.
    WriteOnly,
}

impl Mutability {
    /// The word in `/Schemas`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "readOnly",
            Self::ReadWrite => "readWrite",
            Self::Immutable => "immutable",
            Self::WriteOnly => "writeOnly",
        }
    }
}

/// When an attribute is in an answer, RFC 7643 §7.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returned {
    /// Whatever the client asks for.
    Always,
    /// Whatever the client asks for, it is not.
    Never,
    /// Unless the client asks for others or excludes it.
    Default,
    /// Only when the client asks for it.
    Request,
}

impl Returned {
    /// The word in `/Schemas`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Never => "never",
            Self::Default => "default",
            Self::Request => "request",
        }
    }
}

/// How far a value must be unique, RFC 7643 §7. `Server` means: in the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uniqueness {
    /// Anybody may have it.
    None,
    /// One in the workspace.
    Server,
    /// One in the world.
    Global,
}

impl Uniqueness {
    /// The word in `/Schemas`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Server => "server",
            Self::Global => "global",
        }
    }
}

/// One attribute or sub-attribute, RFC 7643 §7.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The name, in the spelling that answers use.
    pub name: String,
    /// The type of one value.
    pub kind: Type,
    /// Whether it holds a list.
    pub multi_valued: bool,
    /// Whether a resource must have it.
    pub required: bool,
    /// Whether text is compared with regard to case.
    pub case_exact: bool,
    /// Who may change it.
    pub mutability: Mutability,
    /// When it is in an answer.
    pub returned: Returned,
    /// How far it must be unique.
    pub uniqueness: Uniqueness,
    /// Suggested values, or the only ones if `closed`.
    pub canonical_values: Vec<String>,
    /// Whether values outside `canonical_values` are refused. Not a characteristic of the RFC, which
    /// leaves the choice to us; the description of a closed attribute says so.
    pub closed: bool,
    /// Whether the bytes are one X.509 certificate. Not a characteristic of the RFC either: it says so in words (RFC 7643 §4.1.2).
    pub certificate: bool,
    /// What a reference may point to: names of resource types, `external` or `uri`.
    pub reference_types: Vec<String>,
    /// For whoever reads `/Schemas`.
    pub description: String,
    /// The parts of a complex attribute.
    pub sub_attributes: Vec<Attribute>,
}

impl Attribute {
    /// An attribute of any type, with the defaults of RFC 7643 §2.2.
    pub fn new(name: &str, kind: Type, description: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            multi_valued: false,
            required: false,
            // RFC 7643 §2.3.6 and §2.3.7: binary values and references always are.
            case_exact: matches!(kind, Type::Binary | Type::Reference),
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
            uniqueness: Uniqueness::None,
            canonical_values: Vec::new(),
            closed: false,
            certificate: false,
            reference_types: Vec::new(),
            description: description.to_owned(),
            sub_attributes: Vec::new(),
        }
    }

    /// Text.
    pub fn string(name: &str, description: &str) -> Self {
        Self::new(name, Type::String, description)
    }

    /// `true` or `false`.
    pub fn boolean(name: &str, description: &str) -> Self {
        Self::new(name, Type::Boolean, description)
    }

    /// A point in time.
    pub fn date_time(name: &str, description: &str) -> Self {
        Self::new(name, Type::DateTime, description)
    }

    /// Bytes.
    pub fn binary(name: &str, description: &str) -> Self {
        Self::new(name, Type::Binary, description)
    }

    /// One X.509 certificate in DER.
    pub fn certificate(name: &str, description: &str) -> Self {
        Self { certificate: true, ..Self::binary(name, description) }
    }

    /// A URI that points to one of `types`.
    pub fn reference(name: &str, types: &[&str], description: &str) -> Self {
        Self { reference_types: owned(types), ..Self::new(name, Type::Reference, description) }
    }

    /// An object of sub-attributes.
    pub fn complex(name: &str, description: &str, sub_attributes: Vec<Self>) -> Self {
        Self { sub_attributes, ..Self::new(name, Type::Complex, description) }
    }

    /// It holds a list.
    #[must_use]
    pub fn many(self) -> Self {
        Self { multi_valued: true, ..self }
    }

    /// A resource must have it.
    #[must_use]
    pub fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// Case matters.
    #[must_use]
    pub fn exact(self) -> Self {
        Self { case_exact: true, ..self }
    }

    /// Only we change it.
    #[must_use]
    pub fn read_only(self) -> Self {
        Self { mutability: Mutability::ReadOnly, ..self }
    }

    /// It is set once.
    #[must_use]
    pub fn immutable(self) -> Self {
        Self { mutability: Mutability::Immutable, ..self }
    }

    /// Nobody reads it, so no answer has it.
    #[must_use]
    pub fn write_only(self) -> Self {
        Self { mutability: Mutability::WriteOnly, returned: Returned::Never, ..self }
    }

    /// Every answer has it.
    #[must_use]
    pub fn always(self) -> Self {
        Self { returned: Returned::Always, ..self }
    }

    /// One in the workspace.
    #[must_use]
    pub fn unique(self) -> Self {
        Self { uniqueness: Uniqueness::Server, ..self }
    }

    /// Values that clients can expect to be understood; others are taken too.
    #[must_use]
    pub fn suggest(self, values: &[&str]) -> Self {
        Self { canonical_values: owned(values), ..self }
    }

    /// The only values it may have.
    #[must_use]
    pub fn only(self, values: &[&str]) -> Self {
        Self { canonical_values: owned(values), closed: true, ..self }
    }

    /// The sub-attribute of that name, without regard to case.
    pub fn sub_attribute(&self, name: &str) -> Option<&Self> {
        find(&self.sub_attributes, name)
    }

    /// Whether it holds a list of objects.
    pub fn is_multi_valued_complex(&self) -> bool {
        self.multi_valued && self.kind == Type::Complex
    }
}

/// A schema: a URN and its attributes, RFC 7643 §7.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// The URN.
    pub id: String,
    /// The name people know it by.
    pub name: String,
    /// What it describes.
    pub description: String,
    /// The attributes, in the order in which answers show them.
    pub attributes: Vec<Attribute>,
}

impl Schema {
    /// The attribute of that name, without regard to case.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        find(&self.attributes, name)
    }
}

fn find<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}
