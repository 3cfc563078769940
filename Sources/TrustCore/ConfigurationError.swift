package import SystemPackage

/// A mistake in `trustd.conf`, with file and line.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    package let file: FilePath
    package let line: Int
    package let reason: String

    package var description: String { "\(file):\(line): \(reason)" }
}
