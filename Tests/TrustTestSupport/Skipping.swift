import Glibc

/// A machine may lack something that a test needs. Then the test is skipped with the reason, and `make test` counts it. With CI=true no test
/// may be skipped for such a reason: it fails.
package enum Skipping {
    package static let isAllowed = getenv("CI").map { String(cString: $0) } != "true"

    /// Throws if nothing may be skipped.
    package static func demandPermission(for reason: String) throws {
        guard isAllowed else { throw NothingCame(description: "must not be skipped with CI=true: \(reason)") }
    }
}

// A release build compiles this target too, and has no Testing module (--static-swift-stdlib).
#if canImport(Testing)
    package import Testing

    /// Skips a test if there is an obstacle on this machine.
    package struct SkippedByObstacle: TestTrait, SuiteTrait {
        let obstacle: @Sendable () -> String?

        package var isRecursive: Bool { true }

        package func prepare(for test: Test) async throws {
            if let reason = obstacle() { try Skipping.skip(because: reason) }
        }
    }

    extension Trait where Self == SkippedByObstacle {
        /// Skips the test if `obstacle` is a reason, and not nil.
        package static func skipped(by obstacle: @autoclosure @escaping @Sendable () -> String?) -> Self { Self(obstacle: obstacle) }
    }

    extension Skipping {
        /// Ends the running test as skipped. An expectation that has failed before remains a failure.
        package static func skip(because reason: String) throws -> Never {
            try demandPermission(for: reason)
            try Test.cancel("\(reason)")
        }
    }
#endif
