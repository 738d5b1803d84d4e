//! One series as a small line chart: its values, their bounds, and the goal.
//!
//! Colours are few and fixed, so that the style sheet can exchange them for dark ones; no text but the figures of the axis is drawn, so nothing has to be escaped.

use std::error::Error;

use plotters::prelude::{
    ChartBuilder, Circle, DashedLineSeries, DrawingArea, IntoDrawingArea, LineSeries, PathElement, Polygon,
    RGBColor, SVGBackend,
};
use plotters::style::{Color, ShapeStyle};

use super::series::Series;
use crate::amount;
use crate::measure::{Measure, Unit};

/// Width and height in points, at which the text has the size of the page's small print.
const SIZE: (u32, u32) = (288, 124);

/// Where more runs than this are shown, only the line is drawn, and dots where it is interrupted.
const MOST_DOTS: usize = 60;

/// The least height of the axis, as a share of the largest value: noise of a thousandth must not look like drama.
const LEAST_SPAN: f64 = 0.02;

/// The least height of an axis on which things are counted: a half of a thing is no place on it.
const LEAST_COUNT: f64 = 4.0;

// The style sheet names these three.
pub(super) const LINE: RGBColor = RGBColor(0x1F, 0x6F, 0xB2);
const GOAL: RGBColor = RGBColor(0xC2, 0x57, 0x0C);
pub(super) const GRID: RGBColor = RGBColor(0xD0, 0xD7, 0xDE);

/// The chart as an SVG element.
pub(super) fn svg(series: &Series<'_>) -> String {
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
    draw(&area, series).expect("a string takes every drawing");
    drop(area);
    svg
}

fn draw(
    area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    series: &Series<'_>,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let latest = series.latest();
    let count = series.points.len() as f64;
    let mut chart = ChartBuilder::on(area)
        .margin(6)
        .margin_right(8)
        .y_label_area_size(52)
        .build_cartesian_2d(-0.5..count - 0.5, span(series))?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(0)
        .y_labels(4)
        .y_label_formatter(&|value| amount::short(latest.unit, *value))
        .label_style(("sans-serif", 11))
        .axis_style(GRID)
        .bold_line_style(GRID)
        .light_line_style(GRID.mix(0.0))
        .draw()?;
    if let Some(goal) = latest.goal {
        let ends = [(-0.5, goal), (count - 0.5, goal)];
        chart.draw_series(DashedLineSeries::new(ends, 5, 4, GOAL.stroke_width(2)))?;
    }
    let line: ShapeStyle = LINE.stroke_width(2);
    for run in unbroken(&series.points) {
        if let Some(outline) = band(&run) {
            chart.draw_series([Polygon::new(outline, LINE.mix(0.18))])?;
        }
        if let [(at, Measure { low: Some(low), high: Some(high), .. })] = run[..] {
            chart.draw_series([PathElement::new(vec![(at, *low), (at, *high)], LINE.mix(0.4))])?;
        }
        let points: Vec<(f64, f64)> = run.iter().map(|(at, measure)| (*at, measure.value)).collect();
        let has_dots = points.len() == 1 || series.points.len() <= MOST_DOTS;
        let last = points.last().filter(|(at, _)| *at == count - 1.0).copied();
        let dots: Vec<(f64, f64)> = if has_dots { points.clone() } else { last.into_iter().collect() };
        chart.draw_series(LineSeries::new(points, line))?;
        chart.draw_series(dots.into_iter().map(|dot| Circle::new(dot, 3, LINE.filled())))?;
    }
    area.present()?;
    Ok(())
}

/// What the axis must show, with a little room above and below.
fn span(series: &Series<'_>) -> std::ops::Range<f64> {
    let figures = || {
        let points = series.points.iter().flatten();
        let all = points.flat_map(|measure| [Some(measure.value), measure.low, measure.high]);
        all.chain([series.latest().goal]).flatten()
    };
    let max = figures().fold(f64::MIN, f64::max);
    let min = figures().fold(f64::MAX, f64::min);
    let least = match series.latest().unit {
        Unit::Count => (max * LEAST_SPAN).max(LEAST_COUNT),
        // Of zeros alone, the axis shows what one would look like.
        _ if max == 0.0 => 1.0,
        _ => max * LEAST_SPAN,
    };
    let missing = (least - (max - min)).max(0.0) / 2.0;
    let room = (max - min).max(least) * 0.08;
    (min - missing - room).max(0.0)..max + missing + room
}

/// The stretches without a gap, each point with the number of its run.
fn unbroken<'a>(points: &[Option<&'a Measure>]) -> Vec<Vec<(f64, &'a Measure)>> {
    let mut runs = Vec::new();
    let mut current = Vec::new();
    for (at, point) in points.iter().enumerate() {
        match point {
            Some(measure) => current.push((at as f64, *measure)),
            None => runs.push(std::mem::take(&mut current)),
        }
    }
    runs.push(current);
    runs.retain(|run| !run.is_empty());
    runs
}

/// The outline between the lower bounds and the upper ones, if there are at least two of each.
fn band(run: &[(f64, &Measure)]) -> Option<Vec<(f64, f64)>> {
    let bounds: Vec<(f64, f64, f64)> =
        run.iter().filter_map(|(at, measure)| Some((*at, measure.low?, measure.high?))).collect();
    let lower = bounds.iter().map(|(at, low, _)| (*at, *low));
    let upper = bounds.iter().rev().map(|(at, _, high)| (*at, *high));
    (bounds.len() > 1).then(|| lower.chain(upper).collect())
}

#[cfg(test)]
mod tests {
    use super::super::series::{Group, series};
    use super::svg;
    use crate::history::Entry;
    use crate::measure::{Better, Measure, Source, Unit};

    /// The chart of a ratio that had these values, each with its bound to both sides.
    fn chart(values: &[Option<f64>], bound: Option<f64>, goal: Option<f64>) -> String {
        let entry = |(day, value): (usize, &Option<f64>)| {
            let kind = (Unit::Ratio, Better::Bigger);
            let measure = value.map(|value| Measure {
                low: bound.map(|bound| value - bound),
                high: bound.map(|bound| value + bound),
                goal,
                ..Measure::new(Source::Paired, "lockstep", "ratio", kind, value)
            });
            let timestamp = format!("2026-11-{:02}T00:00:00Z", day + 1).parse().unwrap();
            Entry::of_measures(timestamp, day.to_string(), measure.into_iter().collect())
        };
        let entries: Vec<Entry> = values.iter().enumerate().map(entry).collect();
        svg(&series(&entries, Group::Ratios)[0])
    }

    fn count(svg: &str, what: &str) -> usize {
        svg.matches(what).count()
    }

    #[test]
    fn a_line_ends_where_a_run_is_missing() {
        let svg = chart(&[Some(0.9), Some(0.8), None, Some(0.7), None, Some(0.8), Some(0.9)], None, None);
        let lines = svg.split('<').filter(|tag| tag.starts_with("polyline") && tag.contains("#1F6FB2"));
        let points = lines.map(|tag| tag.matches(',').count());
        // A point alone is drawn as a dot, and as a line of one point that nobody sees.
        assert_eq!(points.collect::<Vec<_>>(), [2, 1, 2], "{svg}");
        assert_eq!((count(&svg, "<circle"), count(&svg, "<polygon")), (5, 0));
    }

    #[test]
    fn bounds_are_a_band_and_for_one_point_a_bar() {
        let svg = chart(&[Some(0.9), Some(0.8), None, Some(0.7)], Some(0.05), None);
        assert_eq!((count(&svg, "<polygon"), count(&svg, "<circle")), (1, 3), "{svg}");
    }

    #[test]
    fn the_goal_is_drawn_only_if_there_is_one() {
        assert_eq!(count(&chart(&[Some(0.9)], None, None), "#C2570C"), 0);
        assert!(count(&chart(&[Some(0.9)], None, Some(0.8)), "#C2570C") > 3);
    }

    #[test]
    fn figures_at_the_ends_of_the_scale_can_be_drawn() {
        for value in [0.0, 1e-300, 1e-9, 1.0, 1e15, 1e300] {
            let svg = chart(&[Some(value), Some(value)], None, None);
            assert!(
                svg.starts_with("<svg") && !svg.contains("NaN") && !svg.contains("inf"),
                "{value}: {svg}"
            );
        }
    }
}
