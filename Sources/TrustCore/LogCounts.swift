/// What became of one log since the state was made.
package struct LogCounts: Equatable, Sendable {
    package var lines: UInt64 = 0
    package var sightings: UInt64 = 0
    package var rotations: UInt64 = 0
    package var truncations: UInt64 = 0
    /// How often lines may have been lost; how many is unknown.
    package var gaps: UInt64 = 0
    /// Lines that were not read: longer than any line of Exim's, or cut off by a rotation.
    package var lost: UInt64 = 0

    package init() {}
}
