//! axe-core: what a machine can tell about whether everybody can use a page.

use crate::Browser;

/// What axe-core finds on the present page: one line a place, empty when all is well.
pub async fn violations(browser: &Browser) -> Vec<String> {
    let source =
        std::fs::read_to_string(crate::piece("IPPO_AXE", "axe/axe-core-4.14.1/axe.min.js"))
            .expect("axe-core");
    browser
        .client
        .execute(&source, Vec::new())
        .await
        .expect("axe-core loads");
    let found = browser
        .client
        .execute_async(
            "const done = arguments[arguments.length - 1];
             axe.run(document, { resultTypes: ['violations'] }).then(
               result => done(result.violations.flatMap(rule => rule.nodes.map(node =>
                 `${rule.id} (${rule.impact}): ${rule.help} — ${node.target.join(' ')} — ${node.html.slice(0, 160)} — ${node.failureSummary || ''}`))),
               error => done(['axe-core failed: ' + error]))",
            Vec::new(),
        )
        .await
        .expect("axe-core runs");
    found
        .as_array()
        .expect("a list")
        .iter()
        .map(|line| line.as_str().unwrap_or_default().to_owned())
        .collect()
}
