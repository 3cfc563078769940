package import SystemPackage

/// A mistake in `trustd.conf`, with file and line.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    package let file: FilePath
    package let line: Int
    package let reason: String

    package init(file: FilePath, line: Int, reason: String) { (self.file, self.line, self.reason) = (file, line, reason) }

    package var description: String { "\(file):\(line): \(reason)" }
}
