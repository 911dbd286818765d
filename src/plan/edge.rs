//! Typed edges between the steps of a plan: what a step needs arrives in its closure with the types
//! that the steps before it have made.
//!
//! ```text
//! let groups: Promised<Groups> = groups(scene, &data, "leiden")?;
//! let means: Promised<Means> = scene.row_step((graph, groups), Private::new(), |(graph, groups), cx| …);
//! ```
//!
//! A [`Lazy`] arrives as a [`Value`], since a slot may hold anything; a [`Promised<T>`] as an `Arc<T>`.

use crate::data::{Lazy, Promise, Value};
use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;
use std::{slice, vec};

/// A promised value that will be a `T`.
pub struct Promised<T> {
    lazy: Lazy,
    of: PhantomData<fn() -> T>,
}

impl<T: Any + Send + Sync> Promised<T> {
    /// A value whose maker is known to make nothing else, such as a reader of names.
    pub fn of(lazy: Lazy) -> Self {
        let of = PhantomData;
        Promised { lazy, of }
    }

    pub fn ready(value: T) -> Self {
        Promised::of(Lazy::ready(Value::of(value)))
    }

    /// The value, if it is known.
    pub fn get(&self) -> Option<Arc<T>> {
        self.lazy.get()?.typed()
    }

    pub fn lazy(&self) -> &Lazy {
        &self.lazy
    }
}

impl<T> Clone for Promised<T> {
    fn clone(&self) -> Self {
        Promised {
            lazy: self.lazy.clone(),
            of: PhantomData,
        }
    }
}

/// What must be there before a step can run: promised values, and tuples, lists and options of them.
pub trait Needs: Send + Sync + 'static {
    /// What the step gets.
    type Values;
    fn lazies(&self, into: &mut Vec<Lazy>);
    /// Takes its values, in the order of [`Needs::lazies`].
    fn values(&self, from: &mut slice::Iter<Value>) -> Self::Values;

    /// What is needed, in order.
    fn list(&self) -> Vec<Lazy> {
        let mut all = Vec::new();
        self.lazies(&mut all);
        all
    }
}

fn next<'a>(from: &mut slice::Iter<'a, Value>) -> &'a Value {
    let Some(value) = from.next() else {
        unreachable!("a step runs when all its needs are there");
    };
    value
}

impl Needs for Lazy {
    type Values = Value;

    fn lazies(&self, into: &mut Vec<Lazy>) {
        into.push(self.clone());
    }

    fn values(&self, from: &mut slice::Iter<Value>) -> Value {
        next(from).clone()
    }
}

impl<T: Any + Send + Sync> Needs for Promised<T> {
    type Values = Arc<T>;

    fn lazies(&self, into: &mut Vec<Lazy>) {
        into.push(self.lazy.clone());
    }

    fn values(&self, from: &mut slice::Iter<Value>) -> Arc<T> {
        let Some(value) = next(from).typed() else {
            unreachable!("a promise of a type is kept with it");
        };
        value
    }
}

/// Something that must have happened before, and whose value is not used.
pub struct After<N>(pub N);

impl<N: Needs> Needs for After<N> {
    type Values = ();

    fn lazies(&self, into: &mut Vec<Lazy>) {
        self.0.lazies(into);
    }

    fn values(&self, from: &mut slice::Iter<Value>) {
        self.0.values(from);
    }
}

impl<N: Needs> Needs for Vec<N> {
    type Values = Vec<N::Values>;

    fn lazies(&self, into: &mut Vec<Lazy>) {
        self.iter().for_each(|need| need.lazies(into));
    }

    fn values(&self, from: &mut slice::Iter<Value>) -> Self::Values {
        self.iter().map(|need| need.values(from)).collect()
    }
}

impl<N: Needs, const LEN: usize> Needs for [N; LEN] {
    type Values = [N::Values; LEN];

    fn lazies(&self, into: &mut Vec<Lazy>) {
        self.iter().for_each(|need| need.lazies(into));
    }

    fn values(&self, from: &mut slice::Iter<Value>) -> Self::Values {
        self.each_ref().map(|need| need.values(from))
    }
}

impl<N: Needs> Needs for Option<N> {
    type Values = Option<N::Values>;

    fn lazies(&self, into: &mut Vec<Lazy>) {
        self.iter().for_each(|need| need.lazies(into));
    }

    fn values(&self, from: &mut slice::Iter<Value>) -> Self::Values {
        self.as_ref().map(|need| need.values(from))
    }
}

macro_rules! tuples {
    ($(($($part:ident)*))*) => {$(
        #[allow(non_snake_case, unused_variables, clippy::unused_unit)]
        impl<$($part: Needs),*> Needs for ($($part,)*) {
            type Values = ($($part::Values,)*);

            fn lazies(&self, into: &mut Vec<Lazy>) {
                let ($($part,)*) = self;
                $($part.lazies(into);)*
            }

            fn values(&self, from: &mut slice::Iter<Value>) -> Self::Values {
                let ($($part,)*) = self;
                ($($part.values(from),)*)
            }
        }
    )*};
}

tuples! { () (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) }

/// Needs of a row step, which gives them as a list and gets its values as one.
pub struct Edges<N> {
    needs: N,
    lazies: Vec<Lazy>,
}

impl<N: Needs> Edges<N> {
    pub fn new(needs: N) -> Self {
        let lazies = needs.list();
        Edges { needs, lazies }
    }

    pub fn lazies(&self) -> &[Lazy] {
        &self.lazies
    }

    /// The values of [`Edges::lazies`] with their types.
    pub fn values(&self, values: &[Value]) -> N::Values {
        self.needs.values(&mut values.iter())
    }
}

/// What a step makes, and what the plan gets for it: of a [`Promise`], which is for a slot, a
/// [`Lazy`]; of [`Private`], a [`Promised`]; and tuples and lists of them.
pub trait Promises {
    type Values: 'static;
    type Lazies;
    fn promises(&self, into: &mut Vec<Promise>);
    fn lazies(&self, from: &mut vec::IntoIter<Lazy>) -> Self::Lazies;
    fn values(made: Self::Values) -> Vec<Value>;

    /// What the plan gets where everything was made at once.
    fn kept(&self, made: Self::Values) -> Self::Lazies {
        let mut promises = Vec::new();
        self.promises(&mut promises);
        let both = Self::values(made).into_iter().zip(promises);
        let lazies = both.map(|(value, promise)| Lazy::ready(value).promising(promise));
        self.lazies(&mut lazies.collect::<Vec<Lazy>>().into_iter())
    }
}

fn take(from: &mut vec::IntoIter<Lazy>) -> Lazy {
    let Some(lazy) = from.next() else {
        unreachable!("there is one for each promise");
    };
    lazy
}

impl Promises for Promise {
    type Values = Value;
    type Lazies = Lazy;

    fn promises(&self, into: &mut Vec<Promise>) {
        into.push(*self);
    }

    fn lazies(&self, from: &mut vec::IntoIter<Lazy>) -> Lazy {
        take(from)
    }

    fn values(made: Value) -> Vec<Value> {
        vec![made]
    }
}

/// An intermediate result of type `T`, which no slot holds.
pub struct Private<T>(PhantomData<fn() -> T>);

impl<T> Private<T> {
    pub fn new() -> Self {
        Private(PhantomData)
    }
}

impl<T> Default for Private<T> {
    fn default() -> Self {
        Private::new()
    }
}

impl<T: Any + Send + Sync> Promises for Private<T> {
    type Values = T;
    type Lazies = Promised<T>;

    fn promises(&self, into: &mut Vec<Promise>) {
        into.push(Promise::Unknown);
    }

    fn lazies(&self, from: &mut vec::IntoIter<Lazy>) -> Promised<T> {
        Promised::of(take(from))
    }

    fn values(made: T) -> Vec<Value> {
        vec![Value::of(made)]
    }
}

/// The same where the step may pass on what it got.
pub struct Shared<T>(PhantomData<fn() -> T>);

impl<T> Shared<T> {
    pub fn new() -> Self {
        Shared(PhantomData)
    }
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Shared::new()
    }
}

impl<T: Any + Send + Sync> Promises for Shared<T> {
    type Values = Arc<T>;
    type Lazies = Promised<T>;

    fn promises(&self, into: &mut Vec<Promise>) {
        into.push(Promise::Unknown);
    }

    fn lazies(&self, from: &mut vec::IntoIter<Lazy>) -> Promised<T> {
        Promised::of(take(from))
    }

    fn values(made: Arc<T>) -> Vec<Value> {
        vec![Value::shared(made)]
    }
}

impl<P: Promises, const LEN: usize> Promises for [P; LEN] {
    type Values = [P::Values; LEN];
    type Lazies = [P::Lazies; LEN];

    fn promises(&self, into: &mut Vec<Promise>) {
        self.iter().for_each(|promise| promise.promises(into));
    }

    fn lazies(&self, from: &mut vec::IntoIter<Lazy>) -> Self::Lazies {
        self.each_ref().map(|promise| promise.lazies(from))
    }

    fn values(made: Self::Values) -> Vec<Value> {
        made.into_iter().flat_map(P::values).collect()
    }
}

impl<P: Promises> Promises for Vec<P> {
    type Values = Vec<P::Values>;
    type Lazies = Vec<P::Lazies>;

    fn promises(&self, into: &mut Vec<Promise>) {
        self.iter().for_each(|promise| promise.promises(into));
    }

    fn lazies(&self, from: &mut vec::IntoIter<Lazy>) -> Self::Lazies {
        self.iter().map(|promise| promise.lazies(from)).collect()
    }

    fn values(made: Self::Values) -> Vec<Value> {
        made.into_iter().flat_map(P::values).collect()
    }
}

macro_rules! promised_tuples {
    ($(($($part:ident)*))*) => {$(
        #[allow(non_snake_case)]
        impl<$($part: Promises),*> Promises for ($($part,)*) {
            type Values = ($($part::Values,)*);
            type Lazies = ($($part::Lazies,)*);

            fn promises(&self, into: &mut Vec<Promise>) {
                let ($($part,)*) = self;
                $($part.promises(into);)*
            }

            fn lazies(&self, from: &mut vec::IntoIter<Lazy>) -> Self::Lazies {
                let ($($part,)*) = self;
                ($($part.lazies(from),)*)
            }

            fn values(made: Self::Values) -> Vec<Value> {
                let ($($part,)*) = made;
                let mut all = Vec::new();
                $(all.extend(<$part as Promises>::values($part));)*
                all
            }
        }
    )*};
}

promised_tuples! { (A B) (A B C) (A B C D) }
