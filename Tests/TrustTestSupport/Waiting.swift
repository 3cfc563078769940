import Glibc

/// Nothing came of what a test waited for.
package struct NothingCame: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
}

/// Looks again and again until `condition` holds. Tests wait for events with this, never for a length of time: the limit is there only to
/// fail, and is long enough for a machine that is busy with something else.
package func waitUntil(
    _ what: @autoclosure () -> String, within limit: Duration = .seconds(60), _ condition: () throws -> Bool
) throws {
    let deadline = ContinuousClock.now + limit * Sanitizer.patience
    while try !condition() {
        guard ContinuousClock.now < deadline else { throw NothingCame(description: "waited \(limit) in vain: \(what())") }
        usleep(2_000)
    }
}
