/// The limit for one line of a log.
package enum LineLength {
    /// In bytes, with the line end. A longer line is not one of Exim's (8,192 bytes) nor of syslog's: it is skipped and not kept. The
    /// follower and the reader must agree on it; otherwise a line counts or not by how the log is cut into chunks.
    package static let maximum = 65_536
}
