//! Which pages there are: by following links, a few of each shape (1,965 municipalities have one page's shape).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use testkit::html;

use crate::http;

/// Pages of one shape that are looked at.
const EACH: usize = 2;

/// Finds pages by their links.
#[derive(Default)]
pub struct Crawl {
    seen: BTreeSet<String>,
    shapes: BTreeMap<String, usize>,
    queue: VecDeque<String>,
    /// The pages found, in order.
    pub pages: Vec<String>,
}

impl Crawl {
    /// Every shape of page that the public reaches from the first page and the sitemap, without a cookie.
    pub fn public(origin: &str) -> Vec<String> {
        let mut crawl = Self::default();
        let sitemap = http::get(origin, "/sitemap.xml").body();
        let listed: Vec<&str> = sitemap
            .split("<loc>")
            .skip(1)
            .filter_map(|part| part.split("</loc>").next())
            .collect();
        assert!(!listed.is_empty(), "the sitemap lists no page");
        for start in ["/", "/mihon", "/kore-wa-nai"] {
            crawl.offer(start);
        }
        crawl.offer_all(
            listed
                .iter()
                .map(|address| address.trim_start_matches(origin)),
        );
        while let Some(path) = crawl.next() {
            let page = http::get(origin, &path);
            if let Some(onward) = page.header("location") {
                crawl.offer(onward.trim_start_matches(origin));
                continue;
            }
            if page
                .header("content-type")
                .is_some_and(|kind| kind.starts_with("text/html"))
            {
                let links = html::links(&page.body());
                crawl.offer_all(links.iter().map(|(href, _)| href.as_str()));
                crawl.pages.push(path);
            }
        }
        crawl.pages
    }

    /// Takes an address in if it is ours and its shape is not yet well enough known.
    pub fn offer(&mut self, href: &str) {
        let path = href.split('#').next().unwrap_or_default();
        let leads_out = path == "/toziru" || path.starts_with("/assets/");
        if !path.starts_with('/')
            || path.starts_with("//")
            || leads_out
            || !self.seen.insert(path.to_owned())
        {
            return;
        }
        let count = self.shapes.entry(shape(path)).or_default();
        if *count < EACH {
            *count += 1;
            self.queue.push_back(path.to_owned());
        }
    }

    /// Takes in all of them.
    pub fn offer_all<'a>(&mut self, hrefs: impl IntoIterator<Item = &'a str>) {
        hrefs.into_iter().for_each(|href| self.offer(href));
    }

    /// The next page to look at.
    #[allow(clippy::should_implement_trait)] // pages are offered while it runs
    pub fn next(&mut self) -> Option<String> {
        self.queue.pop_front()
    }
}

/// `/madoguchi/15/15100?a=b` → `/madoguchi/N/N?`: what holds a digit is a name, everything else is a kind.
pub fn shape(path: &str) -> String {
    let (path, query) = path
        .split_once('?')
        .map_or((path, ""), |(path, _)| (path, "?"));
    let parts: Vec<&str> = path
        .split('/')
        .map(|part| {
            if part.chars().any(|c| c.is_ascii_digit() || !c.is_ascii()) {
                "N"
            } else {
                part
            }
        })
        .collect();
    parts.join("/") + query
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_of_each_shape() {
        let mut crawl = Crawl::default();
        crawl.offer_all([
            "/a/1",
            "/a/2",
            "/a/3",
            "/a/1#b",
            "https://example.com/",
            "/b?x=1",
            "/toziru",
        ]);
        assert_eq!(
            std::iter::from_fn(|| crawl.next()).collect::<Vec<_>>(),
            ["/a/1", "/a/2", "/b?x=1"]
        );
    }
}
