//! Where everybody of a genogram stands: generations in rows, couples side by side, children under their parents, nobody
//! on top of anybody.

use super::genogram::{Bond, Figure};
use crate::household::Kin;
use basics::PersonId;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The least distance between two people of a row: symbol, words beside it, air.
pub(super) const SLOT: i32 = 172;

/// One or two people with the children they have in common.
#[derive(Debug, Clone)]
pub(super) struct Family {
    /// Indices of the parents, one or two.
    pub parents: Vec<usize>,
    /// Indices of the children.
    pub children: Vec<usize>,
}

/// Everybody's place.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// The row of each figure, 0 the oldest generation.
    pub row: Vec<usize>,
    /// The middle of each figure.
    pub x: Vec<i32>,
    /// The figures of each row, from left to right.
    pub rows: Vec<Vec<usize>>,
    /// Who has children with whom.
    pub families: Vec<Family>,
}

/// The index of everybody.
pub(super) fn indices(figures: &[Figure]) -> BTreeMap<PersonId, usize> {
    let pairs = figures.iter().enumerate().map(|(at, one)| (one.id, at));
    pairs.collect()
}

pub(super) fn lay_out(figures: &[Figure], bonds: &[Bond]) -> Layout {
    let index = indices(figures);
    let ends = |bond: &Bond| Some((*index.get(&bond.a)?, *index.get(&bond.b)?));
    let generation = generations(figures, bonds, &ends);
    let lowest = generation.iter().copied().min().unwrap_or(0);
    let mut distinct: BTreeSet<i32> = generation.iter().copied().collect();
    if distinct.is_empty() {
        distinct.insert(lowest);
    }
    let order: Vec<i32> = distinct.into_iter().collect();
    let row: Vec<usize> = generation
        .iter()
        .map(|one| order.iter().position(|two| one == two).unwrap_or(0))
        .collect();
    let families = families(figures.len(), bonds, &ends, &row);
    let couples = couples(bonds, &ends, &families, &row);
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); order.len()];
    for (at, row) in row.iter().enumerate() {
        rows[*row].push(at);
    }
    let mut x = vec![0; figures.len()];
    for row in &rows {
        place(row, &mut x, &BTreeMap::new());
    }
    for _ in 0..4 {
        for down in [true, false] {
            let last = rows.len();
            for step in 0..last {
                let at = if down { step } else { last - 1 - step };
                let wanted = wanted(&rows[at], &families, &x);
                rows[at] = in_order(figures, &rows[at], &couples, &wanted, &x);
                place(&rows[at], &mut x, &wanted);
            }
        }
    }
    // Down once more, and up, so that who has one child ends straight above it.
    for row in rows.iter().chain(rows.iter().rev()) {
        let wanted = wanted(row, &families, &x);
        place(row, &mut x, &wanted);
    }
    let left = x.iter().copied().min().unwrap_or(0);
    for one in &mut x {
        *one -= left;
    }
    Layout {
        row,
        x,
        rows,
        families,
    }
}

type Ends<'a> = dyn Fn(&Bond) -> Option<(usize, usize)> + 'a;

fn generations(figures: &[Figure], bonds: &[Bond], ends: &Ends<'_>) -> Vec<i32> {
    let mut found: Vec<Option<i32>> = vec![None; figures.len()];
    let principal = figures.iter().position(|one| one.principal);
    let mut starts: Vec<usize> = principal.into_iter().collect();
    // Those whose relationship says a generation come before those of whom nothing is known.
    starts.extend((0..figures.len()).filter(|at| figures[*at].generation.is_some()));
    starts.extend(0..figures.len());
    for start in starts {
        if found[start].is_some() {
            continue;
        }
        found[start] = Some(figures[start].generation.unwrap_or(0));
        let mut waiting = VecDeque::from([start]);
        while let Some(at) = waiting.pop_front() {
            let mine = found[at].unwrap_or(0);
            for bond in bonds {
                let Some((a, b)) = ends(bond) else { continue };
                let step = match bond.kind {
                    Kin::Parent => 1,
                    Kin::Partner | Kin::Divorced | Kin::Sibling => 0,
                    Kin::Other => continue,
                };
                let next = match () {
                    () if a == at => Some((b, mine + step)),
                    () if b == at => Some((a, mine - step)),
                    () => None,
                };
                if let Some((other, generation)) = next
                    && found[other].is_none()
                {
                    found[other] = Some(generation);
                    waiting.push_back(other);
                }
            }
        }
    }
    found.into_iter().map(Option::unwrap_or_default).collect()
}

fn families(count: usize, bonds: &[Bond], ends: &Ends<'_>, row: &[usize]) -> Vec<Family> {
    let mut parents: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); count];
    for bond in bonds.iter().filter(|bond| bond.kind == Kin::Parent) {
        if let Some((a, b)) = ends(bond)
            && row[a] < row[b]
        {
            parents[b].insert(a);
        }
    }
    let mut families: Vec<Family> = Vec::new();
    for (child, parents) in parents.into_iter().enumerate() {
        let all: Vec<usize> = parents.into_iter().collect();
        // Two parents of one row are a couple; anybody beyond (a step-parent) has a line of their own.
        for parents in all.chunks(2) {
            let split: Vec<Vec<usize>> = match parents {
                [a, b] if row[*a] != row[*b] => vec![vec![*a], vec![*b]],
                other => vec![other.to_vec()],
            };
            for parents in split {
                match families.iter_mut().find(|family| family.parents == parents) {
                    Some(family) => family.children.push(child),
                    None => families.push(Family {
                        parents,
                        children: vec![child],
                    }),
                }
            }
        }
    }
    families
}

fn couples(
    bonds: &[Bond],
    ends: &Ends<'_>,
    families: &[Family],
    row: &[usize],
) -> BTreeSet<(usize, usize)> {
    let mut couples = BTreeSet::new();
    for bond in bonds {
        if let (Kin::Partner | Kin::Divorced, Some((a, b))) = (bond.kind, ends(bond))
            && row[a] == row[b]
        {
            couples.insert((a.min(b), a.max(b)));
        }
    }
    for family in families {
        if let [a, b] = family.parents[..] {
            couples.insert((a.min(b), a.max(b)));
        }
    }
    couples
}

/// Where everybody of a row would like to stand: under the middle of their parents and over that of their children.
fn wanted(row: &[usize], families: &[Family], x: &[i32]) -> BTreeMap<usize, i32> {
    let middle = |of: &[usize]| {
        let low = of.iter().map(|at| x[*at]).min().unwrap_or(0);
        let high = of.iter().map(|at| x[*at]).max().unwrap_or(0);
        i32::midpoint(low, high)
    };
    let mut wanted = BTreeMap::new();
    for at in row {
        let mut places = Vec::new();
        for family in families {
            if family.children.contains(at) {
                // Siblings keep their distance: each is as far from the middle as they are now.
                places.push(middle(&family.parents) + x[*at] - middle(&family.children));
            }
            if family.parents.contains(at) {
                places.push(middle(&family.children) + x[*at] - middle(&family.parents));
            }
        }
        if !places.is_empty() {
            let count = i32::try_from(places.len()).unwrap_or(1);
            wanted.insert(*at, places.iter().sum::<i32>() / count);
        }
    }
    wanted
}

/// A row in order: couples side by side, units by where they would like to stand.
fn in_order(
    figures: &[Figure],
    row: &[usize],
    couples: &BTreeSet<(usize, usize)>,
    wanted: &BTreeMap<usize, i32>,
    x: &[i32],
) -> Vec<usize> {
    let mut left: Vec<usize> = row.to_vec();
    let partners = |at: usize| -> Vec<usize> {
        let other = |(a, b): &(usize, usize)| match () {
            () if *a == at => Some(*b),
            () if *b == at => Some(*a),
            () => None,
        };
        couples.iter().filter_map(other).collect()
    };
    let place = |at: usize| wanted.get(&at).copied().unwrap_or(x[at]);
    let mut units: Vec<(i32, i32, Vec<usize>)> = Vec::new();
    while let Some(first) = left
        .iter()
        .copied()
        .min_by_key(|at| (partners(*at).len().max(1), x[*at]))
    {
        // A chain of marriages is walked from its end, so that whoever married twice stands in the middle.
        let mut chain = vec![first];
        left.retain(|at| *at != first);
        let mut at = 0;
        while at < chain.len() {
            for partner in partners(chain[at]) {
                if left.contains(&partner) {
                    left.retain(|one| *one != partner);
                    chain.push(partner);
                }
            }
            at += 1;
        }
        let (one, last) = (chain[0], chain[chain.len() - 1]);
        let turned = match (place(one).cmp(&place(last)), chain.len()) {
            (_, 1) => false,
            // Of two of whom nothing else is known, the man stands left.
            (std::cmp::Ordering::Equal, _) => figures[one].gender > figures[last].gender,
            (order, _) => order.is_gt(),
        };
        if turned {
            chain.reverse();
        }
        let count = i32::try_from(chain.len()).unwrap_or(1);
        let middle = chain.iter().map(|at| place(*at)).sum::<i32>() / count;
        let now = chain.iter().map(|at| x[*at]).sum::<i32>() / count;
        units.push((middle, now, chain));
    }
    units.sort();
    units.into_iter().flat_map(|(_, _, chain)| chain).collect()
}

/// Puts a row down in its order, everybody as near as can be to where they would like to stand, [`SLOT`] apart at least
/// (pooling neighbours that would come too near).
fn place(row: &[usize], x: &mut [i32], wanted: &BTreeMap<usize, i32>) {
    let mut pools: Vec<(i64, i64)> = Vec::new();
    for (at, who) in row.iter().enumerate() {
        let offset = i32::try_from(at).unwrap_or(0) * SLOT;
        let place = wanted
            .get(who)
            .copied()
            .unwrap_or_else(|| x[*who].max(offset));
        pools.push((i64::from(place - offset), 1));
        while let [.., (a, n), (b, m)] = pools[..] {
            if a * m <= b * n {
                break;
            }
            pools.truncate(pools.len() - 2);
            pools.push((a + b, n + m));
        }
    }
    let mut at = 0;
    for (sum, count) in pools {
        let base = i32::try_from(sum.div_euclid(count)).unwrap_or(0);
        for _ in 0..count {
            x[row[at]] = base + i32::try_from(at).unwrap_or(0) * SLOT;
            at += 1;
        }
    }
}
