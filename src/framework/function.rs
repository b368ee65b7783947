//! Functions: pure, offline, the same answer for the same arguments.

use crate::tf::Value;
use crate::tf::function::{Definition, FunctionError};
use std::collections::VecDeque;

/// A provider-defined function.
pub trait Function: Send + Sync + 'static {
    /// The name under `provider::ecslive::`.
    const NAME: &'static str;

    /// Parameters, result and the texts of the documentation.
    fn definition() -> Definition;

    /// The result for arguments that fit the definition.
    ///
    /// # Errors
    /// A [`FunctionError`] that says which argument is wrong and why.
    fn call(arguments: Arguments) -> Result<Value, FunctionError>;
}

/// The arguments of a call, in order; each of the type that the definition gives it.
#[derive(Debug)]
pub struct Arguments(VecDeque<Value>);

impl Arguments {
    /// Arguments from values.
    pub fn new(values: Vec<Value>) -> Self {
        Self(values.into())
    }

    /// The next argument; null when there is none left.
    pub fn take(&mut self) -> Value {
        self.0.pop_front().unwrap_or(Value::Null)
    }
}

/// A function as the server sees it.
pub trait AnyFunction: Send + Sync {
    /// The name under `provider::ecslive::`.
    fn name(&self) -> &'static str;

    /// Parameters, result and the texts of the documentation.
    fn definition(&self) -> Definition;

    /// The result for arguments that fit the definition.
    ///
    /// # Errors
    /// A [`FunctionError`] that says which argument is wrong and why.
    fn call(&self, arguments: Arguments) -> Result<Value, FunctionError>;
}

impl<F: Function> AnyFunction for F {
    fn name(&self) -> &'static str {
        F::NAME
    }

    fn definition(&self) -> Definition {
        F::definition()
    }

    fn call(&self, arguments: Arguments) -> Result<Value, FunctionError> {
        F::call(arguments)
    }
}
