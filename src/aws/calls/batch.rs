//! Reads that arrive together become one call.
//!
//! A member waits in the queue of its group until the batch is full, until nobody else can join ([`super::company`]), or
//! until it has waited long enough; then for its turn ([`super::limit`]), while the queue may go on filling; only then
//! are the members taken. The call belongs to a task of its own: a read that goes away takes neither its batch mates nor
//! the call with it.

use super::company::{Company, Presence};
use super::limit::Limits;
use super::shared::{Shared, Since};
use crate::aws::error::Error;
use crate::aws::identity::Identity;
use crate::aws::progress::{Progress, Step};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;
use tokio::time::Instant;

/// How the calls of a region are made.
#[derive(Debug, Clone)]
pub(in crate::aws) struct Calls {
    /// Who may share them.
    pub company: Arc<Company>,
    /// How many there may be.
    pub limits: Limits,
    /// False for measurements: one call for each member.
    pub batched: bool,
    /// Whose they are.
    pub identity: Arc<Identity>,
}

impl Calls {
    /// Waits for the turn of a call that takes no company. What it gives lasts as long as the call.
    pub async fn single(&self, operation: &'static str) -> Presence {
        let single = self.company.asking(operation, 1);
        self.limits.take(operation).await;
        single
    }
}

/// What AWS says about the members of one call.
#[derive(Debug)]
pub(in crate::aws) struct Answers<V> {
    operation: &'static str,
    request_id: Option<String>,
    members: HashMap<String, Result<V, Error>>,
}

impl<V> Answers<V> {
    /// An answer without members yet.
    pub fn new(operation: &'static str, request_id: Option<&str>) -> Self {
        Self { operation, request_id: request_id.map(str::to_owned), members: HashMap::new() }
    }

    /// What AWS says about a member, by the name that AWS gives. A name that nobody asked for is nobody's answer.
    pub fn insert(&mut self, name: impl Into<String>, answer: Result<V, Error>) {
        let name = name.into();
        let twice = self.members.contains_key(&name);
        let answer = if twice { Err(self.bad(format!("the answer speaks of {name} twice"))) } else { answer };
        self.members.insert(name, answer);
    }

    /// An answer that cannot be used.
    pub fn bad(&self, message: impl Into<String>) -> Error {
        Error::bad_answer(self.operation, self.request_id.as_deref(), message)
    }

    fn get(&self, name: &str) -> Result<V, Error>
    where
        V: Clone,
    {
        let missing = || Err(self.bad(format!("AWS neither describes {name} nor says why not")));
        self.members.get(name).cloned().unwrap_or_else(missing)
    }
}

/// What a call of one batch ends with. An error is that of all members.
pub(in crate::aws) type Outcome<V> = Result<Answers<V>, Error>;

/// Facts of one kind, each under a name: shared by name, fetched by the batch.
///
/// `G` is what members must have in common for one call, such as the cluster.
pub(in crate::aws) struct Batch<G, V> {
    shared: Shared<(G, String), V, Error>,
    queues: Arc<Queues<G, V>>,
}

impl<G, V> Batch<G, V>
where
    G: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Nothing fetched yet. `operation` takes `most` names in one call, which `call` makes.
    pub fn new<F>(
        calls: &Calls,
        operation: &'static str,
        most: usize,
        call: impl Fn(G, Vec<String>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Outcome<V>> + Send + 'static,
    {
        let queues = Queues {
            calls: calls.clone(),
            operation,
            most: if calls.batched { most } else { 1 },
            call: Box::new(move |group, names| call(group, names).boxed()),
            waiting: Mutex::default(),
        };
        Self { shared: Shared::new(&calls.company), queues: Arc::new(queues) }
    }

    /// The fact under a name, from a call that started since then, or from the next one.
    ///
    /// # Errors
    /// [`Error`] when the call failed for this member.
    pub async fn get(&self, group: G, name: &str, since: Since) -> Result<V, Error> {
        let queues = Arc::clone(&self.queues);
        let key = (group.clone(), name.to_owned());
        let (operation, name) = (queues.operation, name.to_owned());
        let fetch = || async move {
            let (reply, answer) = oneshot::channel();
            let progress = Progress::current().unwrap_or_default();
            let _turn = progress.step(Step::Turn(operation));
            queues.push(group, name, Asker { reply, progress });
            let lost = |_| Err(Error::bad_answer(operation, None, "the call ended without an answer"));
            answer.await.unwrap_or_else(lost)
        };
        self.shared.get(key, since, fetch).await
    }

    /// The fact under a name is not shared any more.
    pub fn forget(&self, group: G, name: &str) {
        self.shared.forget(&(group, name.to_owned()));
    }

    /// [`Batch::get`] of several names, for one read.
    ///
    /// # Errors
    /// The first [`Error`] in the order of the names.
    pub async fn get_all(&self, group: G, names: &[String], since: Since) -> Result<Vec<(String, V)>, Error> {
        let get = async |name: &String| Ok((name.clone(), self.get(group.clone(), name, since).await?));
        match names {
            [name] => Ok(vec![get(name).await?]),
            names => self.queues.calls.company.together(names.iter().map(get)).await.into_iter().collect(),
        }
    }
}

/// Somebody who wants to know.
struct Asker<V> {
    reply: oneshot::Sender<Result<V, Error>>,
    progress: Arc<Progress>,
}

/// A name that has not been asked for, and all who want to know.
struct Member<V> {
    name: String,
    came: Instant,
    askers: Vec<Asker<V>>,
}

impl<V: Clone> Member<V> {
    fn answer(self, answer: &Result<V, Error>) {
        for asker in self.askers {
            // Whoever has gone away does not want to know any more.
            let _ = asker.reply.send(answer.clone());
        }
    }
}

type Call<G, V> = dyn Fn(G, Vec<String>) -> BoxFuture<'static, Outcome<V>> + Send + Sync;

struct Queues<G, V> {
    calls: Calls,
    operation: &'static str,
    most: usize,
    call: Box<Call<G, V>>,
    /// Members by group, oldest first, never empty. Whoever starts a queue starts its task, which ends with it.
    waiting: Mutex<HashMap<G, Vec<Member<V>>>>,
}

impl<G, V> Queues<G, V>
where
    G: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    fn push(self: Arc<Self>, group: G, name: String, asker: Asker<V>) {
        let is_new = {
            let mut waiting = self.waiting();
            let is_new = !waiting.contains_key(&group);
            let queue = waiting.entry(group.clone()).or_default();
            match queue.iter_mut().find(|member| member.name == name) {
                Some(member) => member.askers.push(asker),
                None => queue.push(Member { name, came: Instant::now(), askers: vec![asker] }),
            }
            is_new
        };
        self.calls.company.queued();
        if is_new {
            tokio::spawn(self.serve(group));
        }
    }

    /// Sends what is in the queue of a group, batch by batch, until it is empty.
    async fn serve(self: Arc<Self>, group: G) {
        loop {
            self.gather(&group).await;
            self.calls.limits.take(self.operation).await;
            let (members, is_last) = self.take(&group);
            let askers = members.iter().map(|member| member.askers.len()).sum();
            let asking = self.calls.company.asking(self.operation, askers);
            self.calls.company.sent(askers);
            let send = Arc::clone(&self).send(group.clone(), members, asking);
            if is_last {
                return send.await;
            }
            tokio::spawn(send);
        }
    }

    /// Waits until it would be in vain to wait for more members.
    async fn gather(&self, group: &G) {
        let company = &self.calls.company;
        loop {
            let changed = company.changed();
            let oldest = match self.waiting().get(group).map(Vec::as_slice) {
                Some([oldest, rest @ ..]) if rest.len() + 1 < self.most => oldest.came,
                _ => return,
            };
            let scarcity = self.calls.limits.scarcity(self.operation);
            let Some(patience) = company.patience(self.operation, oldest, scarcity) else { return };
            tokio::select! {
                () = changed => {}
                () = tokio::time::sleep(patience) => {}
            }
        }
    }

    /// The next batch, and whether it was the last of the queue.
    fn take(&self, group: &G) -> (Vec<Member<V>>, bool) {
        let mut waiting = self.waiting();
        let Some(queue) = waiting.get_mut(group) else { return (Vec::new(), true) };
        if queue.len() > self.most {
            return (queue.drain(..self.most).collect(), false);
        }
        (waiting.remove(group).unwrap_or_default(), true)
    }

    /// Makes the call. When one member may be to blame for its failure, every member gets a call of its own.
    async fn send(self: Arc<Self>, group: G, members: Vec<Member<V>>, asking: Presence) {
        let start = Instant::now();
        let outcome = self.ask(&group, &members).await;
        self.calls.company.took(start.elapsed());
        // Whoever is answered goes on before anybody is told that the call has ended.
        let _asking = asking;
        match outcome {
            Ok(answers) => {
                for member in members {
                    let answer = answers.get(&member.name);
                    member.answer(&answer);
                }
            }
            Err(error) if members.len() > 1 && error.may_blame_one_member() => {
                let alone = members.into_iter().map(|member| async {
                    self.calls.limits.take(self.operation).await;
                    let member = [member];
                    let outcome = self.ask(&group, &member).await;
                    let [member] = member;
                    let answer = outcome.and_then(|answers| answers.get(&member.name));
                    member.answer(&answer);
                });
                join_all(alone).await;
            }
            Err(error) => {
                for member in members {
                    member.answer(&Err(error.clone()));
                }
            }
        }
    }

    /// One call about these members, for which all their askers wait.
    async fn ask(&self, group: &G, members: &[Member<V>]) -> Outcome<V> {
        let progress = Arc::<Progress>::default();
        let askers = members.iter().flat_map(|member| &member.askers);
        let _waits: Vec<_> = askers.map(|asker| asker.progress.wait(&progress)).collect();
        let names = members.iter().map(|member| member.name.clone()).collect();
        progress.of((self.call)(group.clone(), names)).await
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<G, Vec<Member<V>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
