//! How cost grows, as one chart of one run: seconds over units on logarithmic axes, where the slope of a line is the power.
//!
//! Names stand in the legend, which is HTML: as in the other charts, no text but the figures of the axes is drawn.

use std::error::Error;
use std::ops::{Range, RangeInclusive};

use maud::{Markup, PreEscaped, html};
use plotters::prelude::{
    ChartBuilder, Circle, DrawingArea, IntoDrawingArea, IntoLogRange, LineSeries, RGBColor, SVGBackend,
};
use plotters::style::Color;

use super::chart::{self, GRID};
use crate::amount;
use crate::axis::Axis;
use crate::measure::Unit;

/// Width and height in points.
const SIZE: (u32, u32) = (640, 280);

/// One for each line, and from the start again where there are more; the style sheet names them and numbers the legend's.
const COLOURS: [RGBColor; 6] = [
    chart::LINE,
    RGBColor(0xB3, 0x5C, 0x00),
    RGBColor(0x1A, 0x7F, 0x4B),
    RGBColor(0x8A, 0x3F, 0xC4),
    RGBColor(0xB0, 0x2A, 0x5B),
    RGBColor(0x5F, 0x66, 0x70),
];

/// The times that can be drawn, in seconds: logarithmic axes end before 0, and no work takes less or more.
const TIMES: RangeInclusive<f64> = 1e-15..=1e15;

/// By what an axis goes on beyond its outermost points.
const ROOM: f64 = 1.6;

/// The chart with its legend; `whose` says of which run.
pub(super) fn figure(axes: &[Axis], whose: &str) -> Markup {
    let lines: Vec<Vec<(f64, f64)>> = axes.iter().map(points).collect();
    let power = |axis: &Axis| format!("{}: power {:.2}", axis.name, axis.power);
    let powers = axes.iter().map(power).collect::<Vec<_>>().join(", ");
    html! {
        figure.wide {
            figcaption {
                span.name { "Seconds over units in " (whose) }
                span.quantity { "both axes logarithmic" }
            }
            div role="img" aria-label=(format!("seconds over units, {powers}")) {
                @if lines.iter().any(|line| !line.is_empty()) { (PreEscaped(svg(&lines))) }
            }
            ul.legend {
                @for (at, axis) in axes.iter().enumerate() {
                    li {
                        span class={ "swatch line-" (at % COLOURS.len()) } {}
                        (power(axis)) " " span.note { (axis.unit) }
                    }
                }
            }
        }
    }
}

/// What has a place on the axes.
fn points(axis: &Axis) -> Vec<(f64, f64)> {
    let points = axis.points.iter().map(|point| (point.units as f64, point.seconds));
    points.filter(|(units, seconds)| *units > 0.0 && TIMES.contains(seconds)).collect()
}

fn svg(lines: &[Vec<(f64, f64)>]) -> String {
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
    draw(&area, lines).expect("a string takes every drawing");
    drop(area);
    svg
}

fn draw(
    area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    lines: &[Vec<(f64, f64)>],
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let all = || lines.iter().flatten();
    let (units, seconds) = (span(all().map(|point| point.0)), span(all().map(|point| point.1)));
    let mut chart = ChartBuilder::on(area)
        .margin(6)
        .margin_right(14)
        .x_label_area_size(22)
        .y_label_area_size(52)
        .build_cartesian_2d(units.log_scale(), seconds.log_scale())?;
    chart
        .configure_mesh()
        .x_labels(8)
        .y_labels(8)
        .x_label_formatter(&|units| amount::short(Unit::Count, *units))
        .y_label_formatter(&|seconds| amount::short(Unit::Seconds, *seconds))
        .label_style(("sans-serif", 11))
        .axis_style(GRID)
        .bold_line_style(GRID)
        .light_line_style(GRID.mix(0.0))
        .draw()?;
    for (line, colour) in lines.iter().zip(COLOURS.iter().cycle()) {
        chart.draw_series(LineSeries::new(line.iter().copied(), colour.stroke_width(2)))?;
        chart.draw_series(line.iter().map(|point| Circle::new(*point, 3, colour.filled())))?;
    }
    area.present()?;
    Ok(())
}

/// What an axis must show, with a little room at both ends.
fn span(figures: impl Iterator<Item = f64> + Clone) -> Range<f64> {
    let min = figures.clone().fold(f64::MAX, f64::min);
    let max = figures.fold(0.0, f64::max);
    min / ROOM..max * ROOM
}

#[cfg(test)]
mod tests {
    use plotters::prelude::RGBColor;

    use super::{COLOURS, TIMES, figure};
    use crate::axis::{Axis, Point};

    fn axis(points: &[(u64, f64)]) -> Axis {
        let points = points.iter().map(|(units, seconds)| Point { units: *units, seconds: *seconds });
        Axis { name: "cuts".to_owned(), unit: "pieces".to_owned(), power: 1.0, points: points.collect() }
    }

    fn shown(axes: &[Axis]) -> String {
        figure(axes, "the latest run").into_string()
    }

    /// Where the dots of the first line are, in points.
    fn dots(page: &str) -> Vec<(f64, f64)> {
        let number = |tag: &str, name: &str| {
            let (_, rest) = tag.split_once(&format!(" {name}=\"")).unwrap();
            rest.split_once('"').unwrap().0.parse().unwrap()
        };
        let tags = page.split('<').filter(|tag| tag.starts_with("circle") && tag.contains("#1F6FB2"));
        tags.map(|tag| (number(tag, "cx"), number(tag, "cy"))).collect()
    }

    #[test]
    fn a_power_is_a_straight_line_and_a_larger_one_is_steeper() {
        let line = |power: i32| {
            let points: Vec<_> = [1, 10, 100].map(|n| (n, f64::from(n as u32).powi(power) * 1e-6)).into();
            // The same axes for both: the other line has the range of the square.
            dots(&shown(&[axis(&points), axis(&[(1, 1e-6), (100, 1e-2)])]))
        };
        let (linear, square) = (line(1), line(2));
        for dots in [&linear, &square] {
            let [first, middle, last] = dots[..] else { panic!("{dots:?}") };
            assert!((middle.0 * 2.0 - first.0 - last.0).abs() <= 2.0, "{dots:?}");
            assert!((middle.1 * 2.0 - first.1 - last.1).abs() <= 2.0, "{dots:?}");
        }
        let rise = |dots: &[(f64, f64)]| dots[0].1 - dots[2].1;
        assert!((rise(&square) / rise(&linear) - 2.0).abs() < 0.05, "{linear:?} {square:?}");
    }

    #[test]
    fn every_line_has_a_colour_and_its_power_in_the_legend() {
        let axes = vec![axis(&[(1, 1e-6), (10, 1e-5)]); COLOURS.len() + 1];
        let page = shown(&axes);
        assert_eq!(page.matches("cuts: power 1.00 <").count(), axes.len());
        assert_eq!(page.matches("swatch line-0").count(), 2);
        for RGBColor(red, green, blue) in COLOURS {
            assert!(page.contains(&format!("stroke=\"#{red:02X}{green:02X}{blue:02X}\"")), "{page}");
        }
    }

    #[test]
    fn points_at_the_ends_of_the_scale_can_be_drawn() {
        let cases: [&[(u64, f64)]; 6] = [
            &[],
            &[(0, 1.0), (1, 0.0)],
            &[(1, 1.0)],
            &[(1, 1e-300), (2, f64::MAX)],
            &[(1, 1e15), (u64::MAX, 1e15)],
            &[(1, 1e-15), (u64::MAX, 1e15)],
        ];
        for points in cases {
            let page = shown(&[axis(points)]);
            assert!(!page.contains("NaN") && !page.contains("inf"), "{points:?}: {page}");
            let has_place = points.iter().any(|(units, seconds)| *units > 0 && TIMES.contains(seconds));
            assert_eq!(page.contains("<svg"), has_place, "{points:?}");
        }
    }
}
