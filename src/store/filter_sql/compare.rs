//! One value, one operator, one literal: true or false, never null.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Compiler, values::Value};
use crate::scim::{
    filter::{Comparison, Literal, Op, Target},
    schema::ResourceType,
};

/// Seconds since 1970 of an xsd:dateTime, null for any other text. A cast would be an error for 31 February.
/// Four hundred years are 146,097 days, so that the year 0 has a date too.
pub(super) const INSTANT: &str = r"(select (make_date(t[1]::int + 400, t[2]::int, 1) - date '2370-01-01' + t[3]::int - 1)::numeric * 86400
    + t[4]::int * 3600 + t[5]::int * 60 + t[6]::int + trunc(coalesce(t[7], '0')::numeric, 9)
    - case t[8] when '-' then -1 else 1 end * (coalesce(t[9], '0')::int * 3600 + coalesce(t[10], '0')::int * 60)
    from regexp_match({text}, '^([0-9]{4})-(0[1-9]|1[0-2])-([0-9]{2})T([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9]|60)(\.[0-9]+)?(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))?$') as t
    where t[3]::int between 1 and extract(day from make_date(t[1]::int + 400, t[2]::int, 1) + interval '1 month -1 day'))";

/// How text is to be made comparable.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// It is: a column that was written so.
    Key,
    /// Case counts.
    Exact,
    /// Case does not count.
    Folded,
}

impl Compiler<'_> {
    /// A value that is missing or of another type differs from the literal.
    pub(super) fn holds(&mut self, value: &Value, comparison: &Comparison) {
        let Comparison { target, op, value: literal } = comparison;
        let (op, otherwise) = (*op, *op == Op::Ne);
        match (value, literal) {
            (Value::Text(sql), Literal::Text(text)) => {
                let null = if otherwise { "is null or" } else { "is not null and" };
                self.query.push(format_args!("({sql} {null} "));
                self.text(sql, form(target), op, text, target);
                self.query.push(")");
            }
            (Value::Key(column), Literal::Text(text)) => self.text(column, Form::Key, op, text, target),
            (Value::Id { column, of }, Literal::Text(text)) => {
                let prefix = of.map(|kind| format!("{}{}/", self.base, kind.endpoint()));
                self.id(column, prefix.as_deref(), op, text, target);
            }
            (Value::Member, Literal::Text(text)) => self.member(op, text, target),
            (Value::Time(column), Literal::DateTime(wanted)) => self.time(column, op, *wanted),
            (Value::Json(sql), Literal::Text(text)) => {
                self.query.push(format_args!("(case jsonb_typeof({sql}) when 'string' then "));
                self.text(&format!("({sql} #>> '{{}}')"), form(target), op, text, target);
                self.query.push(format_args!(" else {otherwise} end)"));
            }
            (Value::Json(sql), Literal::Bool(wanted)) => {
                self.query.push(format_args!("coalesce({sql} {} '{wanted}'::jsonb, {otherwise})", symbol(op)));
            }
            (Value::Json(sql), Literal::Integer(wanted)) => {
                self.query.push(format_args!("(case jsonb_typeof({sql}) when 'number' then {sql}::numeric {} ", symbol(op)));
                self.query.push_bind(*wanted).push(format_args!(" else {otherwise} end)"));
            }
            (Value::Json(sql), Literal::Decimal(wanted)) => {
                self.query.push(format_args!("(case jsonb_typeof({sql}) when 'number' then {sql}::numeric {} ", symbol(op)));
                self.query.push_bind(wanted.to_string()).push(format_args!("::numeric else {otherwise} end)"));
            }
            (Value::Json(sql), Literal::DateTime(wanted)) => {
                let instant = INSTANT.replace("{text}", &format!("{sql} #>> '{{}}'"));
                let nanoseconds = i128::from(wanted.timestamp()) * 1_000_000_000 + i128::from(wanted.timestamp_subsec_nanos());
                self.query.push(format_args!("(case jsonb_typeof({sql}) when 'string' then "));
                self.query.push(format_args!("coalesce({instant} * 1000000000 {} ", symbol(op)));
                self.query.push_bind(nanoseconds.to_string());
                self.query.push(format_args!("::numeric, {otherwise}) else {otherwise} end)"));
            }
            // The types of column and literal differ; typed filters have none of these.
            (
                Value::Text(_) | Value::Key(_) | Value::Id { .. } | Value::Member | Value::Time(_) | Value::Json(_),
                Literal::Null
                | Literal::Bool(_)
                | Literal::Integer(_)
                | Literal::Decimal(_)
                | Literal::Text(_)
                | Literal::DateTime(_),
            ) => {
                self.query.push(otherwise);
            }
        }
    }

    /// An identifier is equal as a UUID, for the index, and ordered as text. `prefix` comes before it.
    fn id(&mut self, column: &str, prefix: Option<&str>, op: Op, text: &str, target: &Target) {
        if matches!(op, Op::Eq | Op::Ne) {
            match text.strip_prefix(prefix.unwrap_or_default()).and_then(canonical) {
                Some(id) => self.query.push(format_args!("{column} {} ", symbol(op))).push_bind(id),
                None => self.query.push(op == Op::Ne),
            };
            return;
        }
        let Some(prefix) = prefix else {
            return self.text(&format!("{column}::text"), Form::Exact, op, text, target);
        };
        self.query.push("(select ");
        self.text("x.address", Form::Exact, op, text, target);
        self.query.push(" from (select ").push_bind(prefix.to_owned()).push(format_args!("::text || {column}) as x(address))"));
    }

    /// The address of a user or group, as [`Self::id`].
    fn member(&mut self, op: Op, text: &str, target: &Target) {
        let [users, groups] =
            [ResourceType::User, ResourceType::Group].map(|kind| (kind, format!("{}{}/", self.base, kind.endpoint())));
        if matches!(op, Op::Eq | Op::Ne) {
            let named =
                [&users, &groups].into_iter().find_map(|(kind, prefix)| Some((kind, canonical(text.strip_prefix(prefix)?)?)));
            match named {
                Some((kind, id)) => {
                    self.query.push(if op == Op::Ne { "not (m.id = " } else { "(m.id = " }).push_bind(id);
                    self.query.push(format_args!(" and m.type = '{}')", kind.name()));
                }
                None => {
                    self.query.push(op == Op::Ne);
                }
            }
            return;
        }
        self.query.push("(select ");
        self.text("x.address", Form::Exact, op, text, target);
        self.query.push(" from (select case m.type when 'User' then ").push_bind(users.1);
        self.query.push("::text else ").push_bind(groups.1).push("::text end || m.id) as x(address))");
    }

    /// `sql` is not null.
    fn text(&mut self, sql: &str, form: Form, op: Op, text: &str, target: &Target) {
        let wanted = match form {
            Form::Key => target.comparable(text).into_owned(),
            Form::Exact | Form::Folded => text.to_owned(),
        };
        let found = match form {
            Form::Key | Form::Exact => sql.to_owned(),
            Form::Folded => format!("lower({sql} collate \"und-x-icu\")"),
        };
        let query = &mut *self.query;
        match (op, form) {
            // Equality knows no collation, and the columns' own is the one of their indexes.
            (Op::Eq | Op::Ne, Form::Key | Form::Exact) => {
                query.push(format_args!("{found} {} ", symbol(op))).push_bind(wanted);
            }
            (Op::Sw, Form::Key | Form::Exact) => {
                let end = after_all_that_begin_with(&wanted);
                query.push(format_args!("({found} collate \"C\" >= ")).push_bind(wanted);
                if let Some(end) = end {
                    query.push(format_args!(" and {found} collate \"C\" < ")).push_bind(end);
                }
                query.push(")");
            }
            (Op::Sw, Form::Folded) => {
                query.push(format_args!("starts_with({found} collate \"C\", "));
                self.wanted(form, wanted);
                self.query.push(")");
            }
            (Op::Co, _) => {
                query.push(format_args!("strpos({found} collate \"C\", "));
                self.wanted(form, wanted);
                self.query.push(") > 0");
            }
            (Op::Ew, _) => {
                query.push(format_args!("right({found} collate \"C\", length("));
                self.wanted(form, wanted.clone());
                self.query.push(")) = ");
                self.wanted(form, wanted);
            }
            (Op::Eq | Op::Ne | Op::Gt | Op::Ge | Op::Lt | Op::Le, _) => {
                query.push(format_args!("{found} collate \"C\" {} ", symbol(op)));
                self.wanted(form, wanted);
            }
        }
    }

    /// The wanted text in the form of the text that was found.
    fn wanted(&mut self, form: Form, text: String) {
        match form {
            Form::Key | Form::Exact => self.query.push_bind(text),
            Form::Folded => self.query.push("lower(").push_bind(text).push(" collate \"und-x-icu\") collate \"C\""),
        };
    }

    /// Postgres keeps microseconds: a column is never between two of them, where the wanted time may be.
    fn time(&mut self, column: &str, op: Op, wanted: DateTime<Utc>) {
        let whole = wanted.timestamp_subsec_nanos().is_multiple_of(1_000);
        let symbol = match op {
            Op::Eq | Op::Ne if !whole => {
                self.query.push(op == Op::Ne);
                return;
            }
            Op::Ge if !whole => symbol(Op::Gt),
            Op::Lt if !whole => symbol(Op::Le),
            Op::Eq | Op::Ne | Op::Gt | Op::Ge | Op::Lt | Op::Le | Op::Co | Op::Sw | Op::Ew => symbol(op),
        };
        let floor = DateTime::from_timestamp_micros(wanted.timestamp_micros()).unwrap_or(wanted);
        self.query.push(format_args!("{column} {symbol} ")).push_bind(floor);
    }
}

fn form(target: &Target) -> Form {
    if target.case_exact { Form::Exact } else { Form::Folded }
}

/// The comparing operators; the others are for text, which spells them out.
fn symbol(op: Op) -> &'static str {
    match op {
        Op::Eq | Op::Co | Op::Sw | Op::Ew => "=",
        Op::Ne => "<>",
        Op::Gt => ">",
        Op::Ge => ">=",
        Op::Lt => "<",
        Op::Le => "<=",
    }
}

/// The UUID in the one spelling that we hand out: identifiers are case exact (RFC 7643 §3.1).
fn canonical(text: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(text).ok()?;
    (id.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text).then_some(id)
}

/// The least text, by code points, that is greater than all that begin with `prefix`; `None` if none is.
fn after_all_that_begin_with(prefix: &str) -> Option<String> {
    let mut end = prefix.to_owned();
    while let Some(last) = end.pop() {
        // A range of characters steps over the surrogates.
        if let Some(next) = (last..=char::MAX).nth(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}
