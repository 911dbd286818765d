//! Lists of neighbours that get better by asking each other.
//!
//! Nearest-neighbour descent (Dong, Moses and Li, "Efficient k-nearest neighbor graph
//! construction for generic similarity measures", WWW 2011), turned round: every point only
//! writes its own list, from all lists as they were before the round, so the order of the work
//! does not matter.

use super::Error;
use super::groups::Groups;
use super::points::{own_score, pair_score};
use crate::kernels::ticker::Ticker;
use rayon::prelude::*;

/// Most rounds of asking.
const ROUNDS: usize = 8;

/// Share of list entries that change in a round below which the lists are good.
const SETTLED: f64 = 0.003;

/// Most neighbours of a point that are asked, and most entries they tell.
const ASK: usize = 32;

/// Points that are one task.
const POINTS: usize = 256;

/// A neighbour, by its place among the sorted points, with its score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    score: f32,
    /// The place; the highest bit tells that the link is new and has not been followed.
    tagged: u32,
}

const FRESH: u32 = 1 << 31;

/// Stands for a neighbour that has not been found.
const NOBODY: Link = Link {
    score: f32::INFINITY,
    tagged: FRESH - 1,
};

impl Link {
    fn fresh(score: f32, to: u32) -> Self {
        Link {
            score,
            tagged: to | FRESH,
        }
    }

    /// The place of the neighbour.
    pub fn to(self) -> u32 {
        self.tagged & !FRESH
    }

    fn is_fresh(self) -> bool {
        self.tagged & FRESH != 0
    }

    fn followed(self) -> Self {
        Link {
            tagged: self.to(),
            ..self
        }
    }
}

/// For each point so many neighbours, the lowest score first.
pub struct Links {
    all: Vec<Link>,
    length: usize,
}

impl Links {
    /// `all` holds `length` links of each point.
    pub fn new(all: Vec<Link>, length: usize) -> Self {
        Links { all, length }
    }

    /// A list of `length` links from what was `found`, leaving out the point `own`.
    pub fn row(found: &[(f32, u32)], own: Option<u32>, length: usize) -> Vec<Link> {
        let others = found.iter().filter(|found| Some(found.1) != own);
        let links = others.map(|&(score, to)| Link::fresh(score, to));
        links
            .chain(std::iter::repeat(NOBODY))
            .take(length)
            .collect()
    }

    /// The neighbours that were found of the point at `place`.
    pub fn of(&self, place: usize) -> &[Link] {
        let row = &self.all[place * self.length..][..self.length];
        let found = row
            .iter()
            .position(|link| link.to() == NOBODY.to())
            .unwrap_or(self.length);
        &row[..found]
    }

    fn points(&self) -> usize {
        self.all.len() / self.length
    }
}

/// Asks the first `ask` neighbours of each point, and those whose neighbour it is, for their
/// neighbours, until little changes.
pub fn refine(
    groups: &Groups,
    mut links: Links,
    ask: usize,
    ticker: &Ticker,
) -> Result<Links, Error> {
    let ask = ask.min(links.length).min(ASK);
    let own = |row: ndarray::ArrayView1<'_, f32>| own_score(row, groups.metric());
    let coordinates = &groups.members.coordinates;
    let own: Vec<f32> = coordinates.rows().into_iter().map(own).collect();
    for _ in 0..ROUNDS {
        let reverse = Reverse::new(&links, ask);
        let round = Round {
            groups,
            own: &own,
            links: &links,
            reverse: &reverse,
            ask,
        };
        let (next, changed) = round.run(ticker)?;
        let entries = links.all.len() as f64;
        links = Links::new(next, links.length);
        if changed as f64 <= SETTLED * entries {
            break;
        }
    }
    Ok(links)
}

/// Who lists each point among its first neighbours.
struct Reverse {
    starts: Vec<usize>,
    links: Vec<Link>,
}

impl Reverse {
    fn new(links: &Links, ask: usize) -> Self {
        let points = links.points();
        let first = |place: usize| links.of(place).iter().take(ask);
        let mut starts = vec![0; points + 1];
        for place in 0..points {
            first(place).for_each(|link| starts[link.to() as usize + 1] += 1);
        }
        for place in 0..points {
            starts[place + 1] += starts[place];
        }
        let mut next = starts.clone();
        let mut all = vec![NOBODY; starts[points]];
        for place in 0..points {
            for link in first(place) {
                let to = &mut next[link.to() as usize];
                all[*to] = Link {
                    score: link.score,
                    tagged: place as u32 | link.tagged & FRESH,
                };
                *to += 1;
            }
        }
        Reverse { starts, links: all }
    }

    /// The `most` nearest of those that list the point at `place`.
    fn of(&self, place: usize, most: usize) -> Vec<Link> {
        let mut all = self.links[self.starts[place]..self.starts[place + 1]].to_vec();
        if all.len() > most && most > 0 {
            let order = |a: &Link, b: &Link| a.score.total_cmp(&b.score).then(a.to().cmp(&b.to()));
            all.select_nth_unstable_by(most - 1, order);
        }
        all.truncate(most);
        all
    }
}

struct Round<'a> {
    groups: &'a Groups,
    own: &'a [f32],
    links: &'a Links,
    reverse: &'a Reverse,
    ask: usize,
}

impl Round<'_> {
    /// All lists after the round, and how many entries are new.
    fn run(&self, ticker: &Ticker) -> Result<(Vec<Link>, usize), Error> {
        let mut next = vec![NOBODY; self.links.all.len()];
        let length = self.links.length;
        let blocks = next.par_chunks_mut(POINTS * length).enumerate();
        let changed = blocks.map(|(block, lists)| {
            ticker.check()?;
            let mut seen = Seen::new(2 * self.ask * (self.ask + 1) + length + 1);
            let points = lists.chunks_exact_mut(length).enumerate();
            let changes = points.map(|(i, list)| self.improve(block * POINTS + i, list, &mut seen));
            Ok(changes.sum())
        });
        let changed: Result<Vec<usize>, Error> = changed.collect();
        Ok((next, changed?.into_iter().sum()))
    }

    /// Writes the list of one point; returns how many entries are new.
    fn improve(&self, place: usize, list: &mut [Link], seen: &mut Seen) -> usize {
        let known = self.links.of(place);
        list.iter_mut()
            .zip(known)
            .for_each(|(to, link)| *to = link.followed());
        seen.clear();
        seen.insert(place as u32);
        known.iter().for_each(|link| _ = seen.insert(link.to()));
        let reverse = self.reverse.of(place, self.ask);
        let mut changed = 0;
        for asked in known.iter().take(self.ask).chain(&reverse) {
            if asked.is_fresh() && seen.insert(asked.to()) {
                changed += usize::from(insert(list, Link::fresh(asked.score, asked.to())));
            }
            for told in self.links.of(asked.to() as usize).iter().take(self.ask) {
                if (asked.is_fresh() || told.is_fresh()) && seen.insert(told.to()) {
                    let link = Link::fresh(self.score(place, told.to() as usize), told.to());
                    changed += usize::from(insert(list, link));
                }
            }
        }
        changed
    }

    fn score(&self, query: usize, point: usize) -> f32 {
        let coordinates = &self.groups.members.coordinates;
        let width = coordinates.ncols();
        let all = coordinates.as_slice().expect("standard layout");
        let row = |place: usize| &all[place * width..][..width];
        pair_score(
            row(query),
            row(point),
            self.own[point],
            self.groups.metric(),
        )
    }
}

/// Puts `link` at its place in the list, whose last entry falls out; whether it was low enough.
fn insert(list: &mut [Link], link: Link) -> bool {
    let Some(last) = list.len().checked_sub(1) else {
        return false;
    };
    if link.score >= list[last].score {
        return false;
    }
    let at = list.partition_point(|other| other.score <= link.score);
    list[at..].rotate_right(1);
    list[at] = link;
    true
}

/// A set of places that is emptied often.
struct Seen {
    /// In which filling a slot was taken, and by whom; linear probing.
    slots: Vec<(u32, u32)>,
    filling: u32,
}

impl Seen {
    /// For at most `most` places.
    fn new(most: usize) -> Self {
        Seen {
            slots: vec![(0, 0); (2 * most).next_power_of_two()],
            filling: 0,
        }
    }

    fn clear(&mut self) {
        self.filling += 1;
    }

    /// Whether `place` was not there before.
    #[inline]
    fn insert(&mut self, place: u32) -> bool {
        let mask = self.slots.len() - 1;
        let mut at = (place.wrapping_mul(0x9e37_79b9) >> 8) as usize & mask;
        loop {
            let slot = &mut self.slots[at];
            if slot.0 != self.filling {
                *slot = (self.filling, place);
                return true;
            }
            if slot.1 == place {
                return false;
            }
            at = (at + 1) & mask;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_stay_sorted() {
        let mut list = [NOBODY; 3];
        let scores = [5.0, 3.0, 4.0, 9.0, 1.0];
        let taken = scores.map(|score| insert(&mut list, Link::fresh(score, score as u32)));
        assert_eq!(taken, [true, true, true, false, true]);
        assert_eq!(list.map(Link::to), [1, 3, 4]);
        assert!(!insert(&mut [], Link::fresh(1.0, 1)));
    }

    #[test]
    fn a_set_forgets() {
        let mut seen = Seen::new(4);
        seen.clear();
        assert!(seen.insert(7) && seen.insert(7 + (1 << 16)) && !seen.insert(7));
        seen.clear();
        assert!(seen.insert(7));
    }
}
