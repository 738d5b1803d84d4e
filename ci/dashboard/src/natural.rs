//! Order as people count: `piece/64` before `piece/1024`.

/// What `text` is sorted by: its runs of other characters and of digits, in turn.
pub(crate) fn key(text: &str) -> Vec<(String, u128)> {
    let mut parts = vec![(String::new(), 0_u128)];
    let mut is_in_number = false;
    for c in text.chars() {
        let digit = c.to_digit(10);
        if digit.is_none() && is_in_number {
            parts.push((String::new(), 0));
        }
        is_in_number = digit.is_some();
        let Some((words, number)) = parts.last_mut() else { continue };
        match digit {
            // Beyond 38 digits the order is as good as any other.
            Some(digit) => *number = number.saturating_mul(10).saturating_add(u128::from(digit)),
            None => words.push(c),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn numbers_count_as_numbers() {
        let mut names = ["b/2", "a/1024", "a/64", "a", "a/64/x", "", "10", "9"];
        names.sort_by_key(|name| key(name));
        assert_eq!(names, ["", "9", "10", "a", "a/64", "a/64/x", "a/1024", "b/2"]);
        assert!(key(&"9".repeat(99)) > key("9"));
    }
}
