//! Where windows are known from: each source once.

use std::collections::HashMap;

#[derive(Default)]
pub struct Sources {
    pub list: Vec<(&'static str, &'static str)>,
    seen: HashMap<(&'static str, &'static str), u16>,
}

impl Sources {
    pub fn add(&mut self, title: &'static str, url: &'static str) -> u16 {
        *self.seen.entry((title, url)).or_insert_with(|| {
            self.list.push((title, url));
            (self.list.len() - 1) as u16
        })
    }
}
