//! Runs that went on for very long are counted and shown to the last point.

use std::collections::BTreeMap;

use dartboard_e2e::stored::{RUN_PREFIX, open_with, saved_run};
use dartboard_e2e::{Browser, Error, ShownStatus, Site};
use dartboard_points::kernel;
use dartboard_points::tally::{BLOCK_POINTS, BlockRange, Seed};

tests! {
    counts_are_exact_beyond_2_to_the_53_and_at_the_last_block,
}

// Fails with: a count that passes through a JavaScript number, which has no odd ones beyond 2⁵³; one that wraps at 2⁶⁴;
// a run that goes on, fails or hangs after the last block whose points fit a u64.
async fn counts_are_exact_beyond_2_to_the_53_and_at_the_last_block(browser: &Browser) -> Result<(), Error> {
    const SEED: u64 = 42;
    let site = Site::start().await?;
    let last = BlockRange::MAX_BLOCKS;
    for (first, end, points) in [
        (180_143_985_095, 180_143_985_146, "18,014,398,514,600,000"),
        (last - 51, last, "18,446,744,073,709,500,000"),
    ] {
        let counted = first * BLOCK_POINTS;
        let inside_before = counted / 4 * 3 + 1;
        let target = end * BLOCK_POINTS;
        let value = saved_run(&format!(
            "version=2&seed={SEED}&workers=2&batch=300000&target={target}&chaos=0&points={counted}&inside={inside_before}\
             &done=0-{first}&restarts=9007199254740993&stale=0&ran_ms=604800000"
        ));
        let values = BTreeMap::from([(format!("{RUN_PREFIX}0000000000000001"), value)]);
        let page = open_with(browser, &site, &values, "").await?;
        page.wait_for_text("resume-offer", |text| text.contains("Resume run, ")).await?;
        page.click("Resume").await?;
        page.wait_for("status paused", |run| run.status == ShownStatus::Paused).await?;
        page.click("Start").await?;
        let end_state = page.wait_for("status finished", |run| run.status == ShownStatus::Finished).await?;

        let blocks = BlockRange::new(first, end).expect("some blocks");
        let inside = inside_before + kernel::tally(Seed(SEED), blocks).inside;
        assert!(inside > 1 << 53 && end_state.points > 1 << 53);
        assert_eq!((end_state.points, end_state.inside), (target, inside));
        assert_eq!(end_state.restarts, 9_007_199_254_740_993);
        let shown: String = browser.evaluate("return document.body.innerText;").await?;
        assert!(shown.contains(&format!("Points: {points}")), "{shown}");
    }
    browser.assert_clean_console().await
}
