/// The connections that Exim serves.
package struct OpenConnections {
    package var served: [OpenConnection] = []
    /// Processes of Exim's user, or of this Exim, that we may not examine: they may serve somebody.
    package var hidden: [Int32] = []
}
