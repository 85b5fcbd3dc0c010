using System.Text;

namespace Slipway.Config;

/// <summary>Finds NodeConfig documents in user data, whatever cloud-init would make of it.</summary>
internal static class UserData
{
    /// <summary>Looks for documents in bytes that a source delivered.</summary>
    /// <param name="bytes">The user data; gzip is unpacked, other encodings have been undone before.</param>
    /// <param name="origin">The source, and the name for messages, such as <c>user-data</c>.</param>
    /// <param name="instance">What its source says of the machine, for templates.</param>
    /// <param name="written">Reads a file that cloud-init may have written by its absolute path, null where there is none: it is looked
    /// at where a template holds more than can be rendered, or a file's content comes from elsewhere.</param>
    public static UserDataResult FindDocuments(
        ReadOnlyMemory<byte> bytes, TextOrigin origin, InstanceData? instance = null, Func<string, ReadOnlyMemory<byte>?>? written = null) =>
        new UserDataReader(origin, new Harvest(instance, written)).Read(bytes);

    /// <summary>Looks for documents in a text.</summary>
    /// <param name="text">The user data.</param>
    /// <param name="origin">The source, and the name for messages.</param>
    /// <param name="instance">What its source says of the machine, for templates.</param>
    /// <param name="written">As above.</param>
    public static UserDataResult FindDocuments(
        string text, TextOrigin origin, InstanceData? instance = null, Func<string, ReadOnlyMemory<byte>?>? written = null) =>
        FindDocuments(Encoding.UTF8.GetBytes(text), origin, instance, written);
}
