//! Tokens to a tree, by the grammar of RFC 7644 §3.4.2.2 alone; what the names mean is [`typed`](super::typed)'s
//! question.
//!
//! The descent goes one level down for each parenthesis, bracket and `not`, never for a chain of `and` or `or`, and
//! [`LIMITS`] bound it; the stack cannot overflow.

use super::ast::{Literal, Op};
use super::invalid;
use super::lex::{self, Kind, Token};
use crate::scim::attr::AttrPath;
use crate::scim::discovery::LIMITS;
use crate::scim::error::{ScimError, excerpt, legible};

/// A filter whose names nobody has looked up yet.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    And(Vec<Expression>),
    Or(Vec<Expression>),
    Not(Box<Expression>),
    Term(Term),
    /// `path[filter]`, and with `rest` Entra's `path[filter].sub eq "x"`.
    ValuePath {
        path: AttrPath,
        filter: Box<Expression>,
        rest: Option<Term>,
    },
}

/// One attribute and what is asked of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Term {
    pub path: AttrPath,
    pub test: Test,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test {
    Present,
    Compare(Op, Literal),
}

/// Reads a whole filter.
///
/// # Errors
/// 400 `invalidFilter` with the position of what does not fit, or with the bound that was passed.
pub(super) fn parse(text: &str) -> Result<Expression, ScimError> {
    let tokens = lex::tokens(text)?;
    if tokens.is_empty() {
        return Err(invalid("The filter is empty. Write one, such as userName eq \"ada@example.com\", or leave it out."));
    }
    let mut parser = Parser { tokens: tokens.into_iter().peekable(), nodes: 0, depth: 0 };
    let expression = parser.disjunction()?;
    match parser.tokens.next() {
        None => Ok(expression),
        Some(token) => Err(unexpected(Some(&token), "\"and\", \"or\" or the end of the filter")),
    }
}

struct Parser<'a> {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token<'a>>>,
    nodes: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    /// One or more conjunctions between `or`.
    fn disjunction(&mut self) -> Result<Expression, ScimError> {
        let first = self.conjunction()?;
        self.chain(first, "or", Self::conjunction, Expression::Or)
    }

    /// One or more factors between `and`.
    fn conjunction(&mut self) -> Result<Expression, ScimError> {
        let first = self.factor()?;
        self.chain(first, "and", Self::factor, Expression::And)
    }

    fn chain(
        &mut self,
        first: Expression,
        word: &str,
        next: fn(&mut Self) -> Result<Expression, ScimError>,
        join: fn(Vec<Expression>) -> Expression,
    ) -> Result<Expression, ScimError> {
        let mut members = vec![first];
        while self.take_word(word) {
            self.count_node()?;
            members.push(next(self)?);
        }
        match members.pop() {
            Some(only) if members.is_empty() => Ok(only),
            last => {
                members.extend(last);
                Ok(join(members))
            }
        }
    }

    /// A parenthesis, a negation, or a term.
    fn factor(&mut self) -> Result<Expression, ScimError> {
        let expected = "an attribute, \"not\" or \"(\"";
        match self.tokens.next() {
            Some(Token { kind: Kind::OpenParenthesis, .. }) => {
                self.nested(|parser| parser.disjunction(), Kind::CloseParenthesis, "\")\"")
            }
            Some(Token { kind: Kind::Word(word), .. })
                if word.eq_ignore_ascii_case("not") && self.take(&Kind::OpenParenthesis) =>
            {
                self.count_node()?;
                let inner = self.nested(|parser| parser.disjunction(), Kind::CloseParenthesis, "\")\"")?;
                Ok(Expression::Not(Box::new(inner)))
            }
            Some(Token { kind: Kind::Word(word), position }) if !is_connective(word) => self.term(word, position),
            other => Err(unexpected(other.as_ref(), expected)),
        }
    }

    /// What follows an attribute path.
    fn term(&mut self, word: &str, position: usize) -> Result<Expression, ScimError> {
        self.count_node()?;
        let path = attribute(word, position)?;
        if !self.take(&Kind::OpenBracket) {
            return Ok(Expression::Term(Term { path, test: self.test()? }));
        }
        let filter = self.nested(|parser| parser.disjunction(), Kind::CloseBracket, "\"]\"")?;
        let rest = match self.tokens.peek() {
            Some(Token { kind: Kind::Word(tail), position }) if tail.starts_with('.') => {
                let path = attribute(&tail[1..], *position)?;
                self.tokens.next();
                self.count_node()?;
                Some(Term { path, test: self.test()? })
            }
            Some(_) | None => None,
        };
        Ok(Expression::ValuePath { path, filter: Box::new(filter), rest })
    }

    /// `pr`, or an operator and a value.
    fn test(&mut self) -> Result<Test, ScimError> {
        let token = self.tokens.next();
        let Some(Token { kind: Kind::Word(word), .. }) = token else {
            return Err(unexpected(token.as_ref(), "an operator"));
        };
        if word.eq_ignore_ascii_case("pr") {
            return Ok(Test::Present);
        }
        let op = Op::from_word(word).ok_or_else(|| {
            let word = excerpt(word);
            invalid(format!("{word} is no operator; there are eq, ne, co, sw, ew, gt, ge, lt, le and pr."))
        })?;
        Ok(Test::Compare(op, self.literal()?))
    }

    fn literal(&mut self) -> Result<Literal, ScimError> {
        let token = self.tokens.next();
        match token.as_ref().map(|token| &token.kind) {
            Some(Kind::Text(text)) => Ok(Literal::Text(text.clone())),
            Some(Kind::Integer(number)) => Ok(Literal::Integer(*number)),
            Some(Kind::Decimal(number)) => Ok(Literal::Decimal(number.clone())),
            // JSON's own words, so their case counts.
            Some(Kind::Word("true")) => Ok(Literal::Bool(true)),
            Some(Kind::Word("false")) => Ok(Literal::Bool(false)),
            Some(Kind::Word("null")) => Ok(Literal::Null),
            Some(Kind::Word(word)) => {
                let word = excerpt(word);
                Err(invalid(format!("The value {word} is not a JSON value: text is written in double quotes.")))
            }
            Some(Kind::OpenParenthesis | Kind::CloseParenthesis | Kind::OpenBracket | Kind::CloseBracket) | None => {
                Err(unexpected(token.as_ref(), "a value"))
            }
        }
    }

    /// Reads what stands between an opening token, already taken, and `close`.
    fn nested(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Expression, ScimError>,
        close: Kind<'static>,
        expected: &str,
    ) -> Result<Expression, ScimError> {
        self.depth += 1;
        let most = LIMITS.max_filter_depth;
        if self.depth > most {
            return Err(invalid(format!(
                "The filter is nested more than {most} levels deep. Take parentheses away, or ask in several requests."
            )));
        }
        let inner = read(self)?;
        self.depth -= 1;
        match self.tokens.next() {
            Some(token) if token.kind == close => Ok(inner),
            other => Err(unexpected(other.as_ref(), expected)),
        }
    }

    fn count_node(&mut self) -> Result<(), ScimError> {
        self.nodes += 1;
        let most = LIMITS.max_filter_nodes;
        if self.nodes > most {
            return Err(invalid(format!(
                "The filter has more than {most} comparisons and logical operators. Ask in several requests."
            )));
        }
        Ok(())
    }

    fn take(&mut self, kind: &Kind<'_>) -> bool {
        self.tokens.next_if(|token| token.kind == *kind).is_some()
    }

    fn take_word(&mut self, word: &str) -> bool {
        let is_word = |token: &Token<'a>| matches!(token.kind, Kind::Word(found) if found.eq_ignore_ascii_case(word));
        self.tokens.next_if(is_word).is_some()
    }
}

fn is_connective(word: &str) -> bool {
    word.eq_ignore_ascii_case("and") || word.eq_ignore_ascii_case("or")
}

fn attribute(word: &str, position: usize) -> Result<AttrPath, ScimError> {
    AttrPath::parse(word)
        .map_err(|_| invalid(format!("{} at position {position} is not the name of an attribute.", excerpt(word))))
}

fn unexpected(found: Option<&Token<'_>>, expected: &str) -> ScimError {
    let Some(Token { kind, position }) = found else {
        return invalid(format!("The filter ends where {expected} should follow."));
    };
    let found = match kind {
        // What is in it may be nobody's business.
        Kind::Text(_) => "a text".to_owned(),
        Kind::Word(word) => excerpt(word),
        Kind::Integer(number) => number.to_string(),
        // There may be hundreds of digits.
        Kind::Decimal(number) => legible(&number.to_string()),
        Kind::OpenParenthesis => "\"(\"".to_owned(),
        Kind::CloseParenthesis => "\")\"".to_owned(),
        Kind::OpenBracket => "\"[\"".to_owned(),
        Kind::CloseBracket => "\"]\"".to_owned(),
    };
    invalid(format!("The filter has {found} at position {position}, where {expected} should stand."))
}
