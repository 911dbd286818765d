//! Formats times.

/// Seconds since 1970, now.
pub fn now() -> Option<i64> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.ok().and_then(|it| i64::try_from(it.as_secs()).ok())
}

/// `2026-11-29 17:40`, in the time zone of the machine.
pub fn local(seconds: i64) -> String {
    let [year, month, day, hour, minute] = parts(seconds);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}")
}

#[cfg(unix)]
fn parts(seconds: i64) -> [i64; 5] {
    let time = seconds as libc::time_t;
    let mut parts = std::mem::MaybeUninit::<libc::tm>::zeroed();
    // SAFETY: both pointers are valid for the call. A structure of zeros is a valid one, so it may
    // be read also where the call fails.
    let parts = unsafe {
        libc::localtime_r(&raw const time, parts.as_mut_ptr());
        parts.assume_init()
    };
    let whole = |part: libc::c_int| i64::from(part);
    [
        whole(parts.tm_year) + 1900,
        whole(parts.tm_mon) + 1,
        whole(parts.tm_mday),
        whole(parts.tm_hour),
        whole(parts.tm_min),
    ]
}

/// Without the C library: universal time, by Howard Hinnant's algorithm for civil dates.
#[cfg(not(unix))]
fn parts(seconds: i64) -> [i64; 5] {
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let year = year + era * 400 + i64::from(month <= 2);
    [year, month, day, second / 3600, second % 3600 / 60]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_dates() {
        // The zone of the machine moves it by less than a day.
        let text = local(1_764_438_001);
        assert!(text.starts_with("2025-11-") && text.len() == 16, "{text}");
        assert!(now() > Some(1_764_438_001));
    }
}
