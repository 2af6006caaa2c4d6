//! How to find a window whose contact is not confirmed: the way anyone can go, with the site's address and a number to ask.

use basics::MunicipalityCode;

use crate::directory::Directory;
use crate::kind::Kind;
use crate::kind_info::{KindInfo, SiteOf, kind_info};
use crate::municipality::MunicipalityType;
use crate::window::{Level, Window};

/// The way to a window that the directory cannot name surely.
#[derive(Clone, Debug)]
pub struct HowToFind<'a> {
    /// What is looked for.
    pub kind: &'static KindInfo,
    /// The sites to look on, likeliest first.
    pub sites: Vec<Site<'a>>,
    /// One step a sentence.
    pub steps: Vec<String>,
    /// The hall to ask, with its number where that is known.
    pub hall: Option<&'a Window>,
}

/// A public body's own site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site<'a> {
    /// Whose it is.
    pub name: &'a str,
    /// Its address.
    pub url: &'a str,
}

impl Directory {
    /// How a resident of this place finds a window of this kind.
    pub fn how_to_find(&self, kind: Kind, code: MunicipalityCode) -> HowToFind<'_> {
        let in_designated_city = self
            .municipalities()
            .with_ancestors(code)
            .any(|m| m.kind == MunicipalityType::DesignatedCity);
        self.way(
            kind,
            code,
            !in_designated_city && kind_info(kind).on == SiteOf::Prefecture,
        )
    }

    /// How to find this very window: for those whose phone is not shown. `None` when it can be called as it is.
    pub fn how_to_find_window(
        &self,
        window: &Window,
        code: MunicipalityCode,
    ) -> Option<HowToFind<'_>> {
        // Whoever runs the window has its page.
        let of_prefecture = window.level == Level::Prefecture && window.kind != Kind::Js;
        (window.phone.is_none() && window.level != Level::National)
            .then(|| self.way(window.kind, code, of_prefecture))
    }

    fn way(&self, kind: Kind, code: MunicipalityCode, prefecture_first: bool) -> HowToFind<'_> {
        let info = kind_info(kind);
        let mut places = [
            self.municipalities().site(code),
            self.municipalities().site(code.prefecture()),
        ];
        if prefecture_first {
            places.reverse();
        }
        let mut sites: Vec<Site<'_>> = Vec::new();
        for (m, url) in places
            .into_iter()
            .flatten()
            .filter(|_| info.on != SiteOf::Nobody)
        {
            if sites.iter().all(|site| site.url != url) {
                sites.push(Site { name: m.name, url });
            }
        }
        let hall = self.hall(code);
        HowToFind {
            kind: info,
            steps: steps(info, &sites, hall),
            sites,
            hall,
        }
    }
}

fn steps(info: &KindInfo, sites: &[Site<'_>], hall: Option<&Window>) -> Vec<String> {
    let mut steps = Vec::new();
    if let Some(first) = sites.first() {
        steps.push(format!("{}のホームページを開きます。", first.name));
        steps.push(format!(
            "ページの中の検索に「{}」と入れて、さがします。",
            info.search_word
        ));
        steps.push("出てきたページを開いて、名前・電話番号・受付時間をたしかめます。".to_owned());
    }
    if let Some(second) = sites.get(1) {
        steps.push(format!(
            "見つからないときは、{}のホームページでもおなじようにさがせます。",
            second.name
        ));
    }
    if let Some(hall) = hall.filter(|hall| hall.phone.is_some() && info.kind != Kind::Hall) {
        steps.push(format!("{}の代表の電話で「{}の連絡先を知りたいです」とたずねることもできます。名前は言わなくて大丈夫です。", hall.name, info.name));
    }
    steps
}
