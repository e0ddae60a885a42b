//! In which order operations are done, RFC 7644 §3.7.1.

use std::collections::HashMap;

use super::{Entry, Target};

/// What is done at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// One operation, or the POSTs of a circle in the order of the request.
    pub operations: Vec<usize>,
    /// Whether they refer to each other, or the one to itself.
    pub circular: bool,
}

/// The order in which operations are done: that of the request, save that whoever refers forward waits for whom it refers to, and
/// whatever comes later for the same resource waits with it. Each operation is in one step.
pub fn order(entries: &[Entry]) -> Vec<Step> {
    let needs = needs(entries);
    let circles = circles(&needs);
    let mut ranks: Vec<(usize, usize)> = vec![(0, 0); entries.len()];
    let mut ranked = Vec::with_capacity(circles.len());
    for operations in circles {
        // The place of the last one that must be there, and how many at that place come before.
        let outside: Vec<(usize, usize)> = operations
            .iter()
            .filter_map(|operation| needs.get(*operation))
            .flatten()
            .filter(|needed| operations.binary_search(needed).is_err())
            .filter_map(|needed| ranks.get(*needed).copied())
            .collect();
        let last = operations.last().copied().unwrap_or_default();
        let place = outside.iter().map(|(place, _)| *place).max().unwrap_or_default().max(last);
        let before = outside.iter().filter(|rank| rank.0 == place).map(|(_, depth)| depth + 1).max().unwrap_or_default();
        for operation in &operations {
            if let Some(rank) = ranks.get_mut(*operation) {
                *rank = (place, before);
            }
        }
        let circular =
            operations.len() > 1 || operations.iter().any(|one| needs.get(*one).is_some_and(|needed| needed.contains(one)));
        ranked.push(((place, before), Step { operations, circular }));
    }
    ranked.sort_by(|(rank, step), (other_rank, other)| (rank, &step.operations).cmp(&(other_rank, &other.operations)));
    ranked.into_iter().map(|(_, step)| step).collect()
}

/// Which operations each one needs to have been done before.
fn needs(entries: &[Entry]) -> Vec<Vec<usize>> {
    let creators: HashMap<&str, usize> =
        entries.iter().enumerate().filter_map(|(place, entry)| Some((entry.creates()?, place))).collect();
    let mut last_about: HashMap<&Target, usize> = HashMap::new();
    let mut needs = Vec::with_capacity(entries.len());
    for (place, entry) in entries.iter().enumerate() {
        let mut needed: Vec<usize> =
            entry.references.iter().filter_map(|bulk_id| creators.get(bulk_id.as_str()).copied()).collect();
        needed.extend(entry.target.as_ref().and_then(|target| last_about.insert(target, place)));
        needs.push(needed);
    }
    needs
}

/// What lies between entering an operation and leaving it.
struct Visit {
    operation: usize,
    /// How many of its needs have been looked at.
    looked_at: usize,
}

/// The strongly connected components of the graph, each sorted, needed ones before those that need them: Tarjan's algorithm, with
/// a stack of its own so that no chain of references is too long for it.
fn circles(needs: &[Vec<usize>]) -> Vec<Vec<usize>> {
    const NEW: usize = usize::MAX;
    let mut numbers = vec![NEW; needs.len()];
    let mut lowest = vec![NEW; needs.len()];
    let mut open = vec![false; needs.len()];
    let (mut path, mut found, mut next) = (Vec::new(), Vec::new(), 0);
    for start in 0..needs.len() {
        let mut visits = if numbers[start] == NEW { vec![Visit { operation: start, looked_at: 0 }] } else { Vec::new() };
        while let Some(visit) = visits.last_mut() {
            let operation = visit.operation;
            if visit.looked_at == 0 && numbers[operation] == NEW {
                (numbers[operation], lowest[operation], open[operation]) = (next, next, true);
                next += 1;
                path.push(operation);
            }
            if let Some(&needed) = needs[operation].get(visit.looked_at) {
                visit.looked_at += 1;
                if numbers[needed] == NEW {
                    visits.push(Visit { operation: needed, looked_at: 0 });
                } else if open[needed] {
                    lowest[operation] = lowest[operation].min(numbers[needed]);
                }
                continue;
            }
            visits.pop();
            if let Some(parent) = visits.last() {
                lowest[parent.operation] = lowest[parent.operation].min(lowest[operation]);
            }
            if lowest[operation] == numbers[operation] {
                let from = path.iter().rposition(|member| *member == operation).unwrap_or_default();
                let mut circle = path.split_off(from);
                circle.iter().for_each(|member| open[*member] = false);
                circle.sort_unstable();
                found.push(circle);
            }
        }
    }
    found
}
