/** As the daemon: bytes of one file, and files of one message (docs/attachments.md). */
export const mostAttachmentBytes = 32 * 1024 * 1024
export const mostAttachments = 32
