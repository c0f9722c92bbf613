//! What is seen without scrolling, and how large: on a laptop, at a projector, on a phone, with large letters.

use std::time::Duration;

use dartboard_e2e::{Browser, Error, RunPage, Site};
use tokio::time::{Instant, sleep};

tests! {
    first_screen_of_a_laptop_holds_number_dartboard_chart_and_workers,
    presenter_view_fills_the_screen_with_letters_that_a_hall_can_read,
    phone_shows_number_start_and_dartboard_first,
    letters_are_as_large_as_the_user_wants_them,
    a_print_is_dark_on_white_and_whole_and_the_users_own_colours_tell_lines_apart,
}

/// Finds out what is wrong on the page, as sentences: `wrong` collects them, `box` measures an element.
async fn wrong(browser: &Browser, look: &str) -> Result<Vec<String>, Error> {
    let script = format!(
        "await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
        const wrong = [];
        const all = selector => [...document.querySelectorAll(selector)].filter(it => it.getClientRects().length > 0);
        const box = selector => (all(selector)[0] ?? (wrong.push(`no ${{selector}}`), document.body)).getBoundingClientRect();
        const expect = (holds, what, is) => {{ if (!holds) wrong.push(`${{what}}: ${{is}}`); }};
        {look}
        return wrong;"
    );
    // A busy machine draws late what follows a new size.
    let begun = Instant::now();
    loop {
        let wrong: Vec<String> = browser.evaluate_async(&script).await?;
        if wrong.is_empty() || begun.elapsed() > DRAWN {
            return Ok(wrong);
        }
        sleep(Duration::from_millis(100)).await;
    }
}

/// How long the page may take to draw itself anew.
const DRAWN: Duration = Duration::from_secs(10);

async fn running<'a>(browser: &'a Browser, site: &Site, parameters: &str) -> Result<RunPage<'a>, Error> {
    let page = RunPage::open(browser, site, &format!("seed=1&start=1&{parameters}")).await?;
    page.wait_for("10⁹ points", |run| run.points > 1_000_000_000).await?;
    Ok(page)
}

// Fails with: a band or a worker's line that is too high, a panel that is cut off, a table of eight workers that scrolls.
async fn first_screen_of_a_laptop_holds_number_dartboard_chart_and_workers(
    browser: &Browser,
) -> Result<(), Error> {
    let site = Site::start().await?;
    browser.set_viewport(1280, 800).await?;
    running(browser, &site, "workers=8").await?;
    let look = "
        expect(box('header').height <= 48, 'header', box('header').height);
        expect(box('.band').height <= 140, 'band', box('.band').height);
        expect(parseFloat(getComputedStyle(all('#pi')[0]).fontSize) >= 76, 'number', getComputedStyle(all('#pi')[0]).fontSize);
        for (const panel of all('.pictures > .panel')) {
            expect(panel.getBoundingClientRect().bottom <= innerHeight, 'panel', panel.outerHTML.slice(0, 60));
            expect(panel.scrollHeight <= panel.clientHeight, 'cut off', panel.outerHTML.slice(0, 60));
        }
        const rows = all('.workers tbody tr');
        expect(rows.length === 8, 'workers', rows.length);
        for (const row of rows) expect(row.getBoundingClientRect().height <= 44.5, 'row', row.getBoundingClientRect().height);
        const [frame] = all('.workers-panel .table-frame');
        expect(frame.scrollHeight <= frame.clientHeight, 'table of workers', frame.scrollHeight);
        const tops = all('.pictures > .panel').map(it => it.getBoundingClientRect().top);
        expect(new Set(tops).size === 1, 'side by side', tops);
        expect(innerHeight - box('.below').top >= 24, 'no sign that the page goes on', box('.below').top);";
    assert_eq!(wrong(browser, look).await?, Vec::<String>::new());
    let heads = "
        for (const head of all('.panel-head')) for (const part of head.children) {
            expect(part.getBoundingClientRect().right <= head.getBoundingClientRect().right + 1, 'over the edge', part.textContent);
        }";
    for (width_px, height_px) in [(1280, 940), (1024, 768), (768, 1024), (660, 800)] {
        browser.set_viewport(width_px, height_px).await?;
        assert_eq!(wrong(browser, heads).await?, Vec::<String>::new(), "{width_px} × {height_px}");
    }
    browser.assert_clean_console().await
}

// Fails with: a view that scrolls, letters that only look large in the style sheet, panels that an upright screen cuts off,
// Escape that does not leave it.
async fn presenter_view_fills_the_screen_with_letters_that_a_hall_can_read(
    browser: &Browser,
) -> Result<(), Error> {
    let site = Site::start().await?;
    browser.set_viewport(1280, 720).await?;
    let page = running(browser, &site, "workers=4&view=presenter").await?;
    // A hundredth of the height on a screen of 16 : 9, less on a higher one. Letters of SVG are measured as they are drawn.
    let look = "
        const v = Math.min(innerHeight / 100, innerWidth * 9 / 1600);
        const size = it => parseFloat(getComputedStyle(it).fontSize) / v;
        const root = document.documentElement;
        expect(root.scrollHeight <= innerHeight && root.scrollWidth <= innerWidth, 'it scrolls', [root.scrollWidth, root.scrollHeight]);
        expect(size(all('#pi')[0]) >= 14, 'number', size(all('#pi')[0]));
        const pi = all('#pi')[0];
        const text = document.createRange();
        text.selectNodeContents(pi);
        const right = text.getBoundingClientRect().right;
        for (const id of ['status-line', 'points-line', 'start-stop']) {
            const beside = box('#' + id), under = beside.top >= pi.getBoundingClientRect().bottom - 1;
            expect(under || beside.left >= right, 'over the number', id);
        }
        const small = all('main *, .leave').filter(it => [...it.childNodes].some(node => node.nodeType === 3 && node.data.trim())
            && !it.closest('.spoken') && size(it) < 2.79);
        for (const it of small) wrong.push(`letters of ${size(it)}: ${it.outerHTML.slice(0, 80)}`);
        for (const it of all('.chart text')) {
            expect(it.getBoundingClientRect().height >= 2.8 * v, 'drawn letters', it.getBoundingClientRect().height / v);
        }
        for (const it of all('.panel, #pi, #points-line, #start-stop, .board, .chart svg')) {
            const { left, top, right, bottom } = it.getBoundingClientRect();
            expect(left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight, 'cut off', it.outerHTML.slice(0, 60));
        }
        for (const panel of all('.pictures > .panel')) expect(panel.scrollHeight <= panel.clientHeight + 1, 'overfull', panel.className);";
    for (width_px, height_px) in [(1280, 720), (3840, 2160), (1024, 768)] {
        browser.set_viewport(width_px, height_px).await?;
        assert_eq!(wrong(browser, look).await?, Vec::<String>::new(), "{width_px} × {height_px}");
    }
    // Upright it is a view of its own, of which a hand holds the screen.
    let upright = "
        const root = document.documentElement, [pi] = all('#pi');
        expect(root.scrollHeight <= innerHeight && root.scrollWidth <= innerWidth, 'it scrolls', [root.scrollWidth, root.scrollHeight]);
        expect(pi.getBoundingClientRect().height < 1.8 * parseFloat(getComputedStyle(pi).fontSize), 'number', 'in two lines');
        const panels = all('.pictures > .panel');
        expect(panels.length === 3 && panels.every(it => it.getBoundingClientRect().width > 0.9 * innerWidth), 'panels', 'beside each other');
        for (const panel of panels) {
            const { bottom } = panel.getBoundingClientRect();
            expect(bottom <= innerHeight, 'below the screen', panel.className);
            for (const it of panel.querySelectorAll('.board, .chart svg, .timeline')) {
                expect(it.getBoundingClientRect().bottom <= bottom, 'cut off', panel.className);
            }
        }";
    for (width_px, height_px) in [(390, 844), (768, 1024)] {
        browser.set_viewport(width_px, height_px).await?;
        // Some engines' windows have a least width.
        if browser.evaluate("return innerWidth < innerHeight;").await? {
            assert_eq!(wrong(browser, upright).await?, Vec::<String>::new(), "{width_px} × {height_px}");
        }
    }
    page.press(thirtyfour::Key::Escape).await?;
    page.wait_for_address("view", None).await?;
    page.wait_until("document.querySelector('header').getClientRects().length > 0").await?;
    page.click("Presenter view").await?;
    page.wait_for_address("view", Some("presenter")).await?;
    page.click("Leave the presenter view").await?;
    page.wait_for_address("view", None).await?;
    browser.assert_clean_console().await
}

// Fails with: a dartboard below the first screen, a header of two lines, a target that a finger misses.
async fn phone_shows_number_start_and_dartboard_first(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    for width_px in [360, 390] {
        browser.set_viewport(width_px, 844).await?;
        running(browser, &site, "workers=2").await?;
        let look = "
            expect(box('header').height <= 56, 'header', box('header').height);
            expect(box('#start-stop').bottom <= 844, 'Start', box('#start-stop').bottom);
            expect(box('.board').bottom <= 844, 'dartboard', box('.board').bottom);
            for (const it of all('.below > details')) expect(!it.open, 'open', it.className);
            for (const it of all('button, summary, nav a[href], input')) {
                const { width, height } = (it.closest('label') ?? it).getBoundingClientRect();
                expect(height >= 44 && width >= 44, 'target', `${width} × ${height} ${it.outerHTML.slice(0, 80)}`);
            }";
        // Some engines' windows have a least width.
        let is_narrow: bool = browser.evaluate("return innerWidth <= 420;").await?;
        if is_narrow {
            assert_eq!(wrong(browser, look).await?, Vec::<String>::new(), "{width_px} px");
        }
    }
    browser.assert_clean_console().await
}

// Fails with: letters by the width of the window instead of by the user's wish; a page that does not reflow.
async fn letters_are_as_large_as_the_user_wants_them(browser: &Browser) -> Result<(), Error> {
    let site = Site::start().await?;
    running(browser, &site, "workers=2").await?;
    // As a browser whose user has set letters of 24 px, and as WCAG 1.4.12 spaces text.
    let look = "
        const style = document.createElement('style');
        style.textContent = `* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }`;
        for (const size of [16, 24]) {
            document.documentElement.style.fontSize = `${size}px`;
            for (const it of all('p, button, dt, th, label')) {
                expect(parseFloat(getComputedStyle(it).fontSize) >= size * 0.87 || it.closest('.ask'), `of ${size}`, it.outerHTML.slice(0, 60));
            }
        }
        document.adoptedStyleSheets = [];
        document.documentElement.style.fontSize = '32px';
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(style.textContent);
        document.adoptedStyleSheets = [sheet];
        await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
        const root = document.documentElement;
        if (root.scrollWidth > innerWidth) for (const it of all('body *')) {
            const beyond = it.getBoundingClientRect().right > innerWidth + 1;
            expect(!beyond || it.closest('.table-frame'), 'sideways', it.outerHTML.slice(0, 60));
        }";
    for width_px in [2560, 1280, 320] {
        browser.set_viewport(width_px, 800).await?;
        assert_eq!(wrong(browser, look).await?, Vec::<String>::new(), "{width_px} px");
    }
    Ok(())
}

// Fails with: light text on paper, which has no background; a table of which only the part in the window is printed; lines of
// a legend that have no colour where the user has chosen the colours.
async fn a_print_is_dark_on_white_and_whole_and_the_users_own_colours_tell_lines_apart(
    browser: &Browser,
) -> Result<(), Error> {
    if !browser.has_devtools("printing and the user's own colours") {
        return Ok(());
    }
    let site = Site::start().await?;
    browser.set_viewport(1280, 800).await?;
    for theme in ["dark", "light"] {
        browser.set_media("screen", &[("prefers-color-scheme", theme)]).await?;
        let page = running(browser, &site, "workers=16").await?;
        page.click("Stop").await?;
        browser.set_media("print", &[("prefers-color-scheme", theme)]).await?;
        let look = "
            const luminance = colour => {
                const [r, g, b] = colour.match(/[\\d.]+/g).map(part => part / 255)
                    .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const own = it => [...it.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
            const texts = all('body *').filter(it => own(it) && !it.closest('svg, script, noscript'));
            expect(texts.length > 40, 'texts', texts.length);
            for (const it of texts) {
                const ratio = 1.05 / (luminance(getComputedStyle(it).color) + 0.05);
                expect(ratio >= 4.5, `contrast of “${it.textContent.trim().slice(0, 30)}”`, ratio);
            }
            const [frame] = all('.workers-panel .table-frame');
            expect(frame.scrollHeight <= frame.clientHeight, 'table of workers is cut', frame.clientHeight);
            expect(all('.workers tbody tr').length === 16, 'workers', all('.workers tbody tr').length);";
        assert_eq!(wrong(browser, look).await?, Vec::<String>::new(), "printed from the {theme} theme");
    }
    browser.set_media("screen", &[("forced-colors", "active")]).await?;
    let look = "
        for (const key of all('.legend > .key')) {
            const line = getComputedStyle(key, '::before');
            expect(line.borderTopColor !== getComputedStyle(document.body).backgroundColor, key.textContent, line.borderTopColor);
            expect(parseFloat(line.borderTopWidth) > 0, key.textContent, line.borderTopWidth);
        }
        expect(all('.legend > .key').length >= 2, 'legends', all('.legend > .key').length);";
    assert_eq!(wrong(browser, look).await?, Vec::<String>::new(), "in the user's own colours");
    browser.assert_clean_console().await
}
