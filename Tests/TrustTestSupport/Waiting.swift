import Glibc

/// What a test waited for did not happen.
package struct NothingCame: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
}

/// Checks again and again until `condition` holds. Tests wait for events with this, never for a length of time. The limit exists only to
/// end a test that hangs, and is long enough for a machine that is busy with other work.
package func waitUntil(
    _ what: @autoclosure () -> String, within limit: Duration = .seconds(60), _ condition: () throws -> Bool
) throws {
    let deadline = ContinuousClock.now + limit * Sanitizer.patience
    while try !condition() {
        guard ContinuousClock.now < deadline else { throw NothingCame(description: "waited \(limit) in vain: \(what())") }
        usleep(2_000)
    }
}
