//! Holding on to a request, so that it can be sent again.

use bytes::Bytes;
use futures::{FutureExt, StreamExt, stream};
use http_body_util::{BodyExt, BodyStream, Full, StreamBody};
use tonic::Status;
use tonic::body::Body;

/// Larger requests are sent once.
const LARGEST: usize = 64 * 1024;

/// The body of a request.
pub(super) enum Held {
    /// All of it, which can be sent again.
    Whole(Bytes),
    /// Something that comes in its own time or is too large, and can be sent once; none afterwards.
    Once(Option<Body>),
}

impl Held {
    /// Takes what is there already: the message of a unary call is, that of a stream may depend on the answer.
    pub(super) fn take(mut body: Body) -> Result<Self, Status> {
        let mut frames = Vec::new();
        let mut size = 0;
        while size <= LARGEST {
            match body.frame().now_or_never() {
                Some(None) => return Ok(Self::Whole(join(frames))),
                Some(Some(frame)) => match frame?.into_data() {
                    Ok(data) => {
                        size += data.len();
                        frames.push(data);
                    }
                    // Requests have no trailers.
                    Err(_) => continue,
                },
                None => break,
            }
        }
        let begun = stream::iter(frames).map(|data| Ok(http_body::Frame::data(data)));
        Ok(Self::Once(Some(Body::new(StreamBody::new(begun.chain(BodyStream::new(body)))))))
    }

    /// The body for one attempt; `None` if there was one before and it is gone.
    pub(super) fn body(&mut self) -> Option<Body> {
        match self {
            Self::Whole(bytes) => Some(Body::new(Full::new(bytes.clone()))),
            Self::Once(body) => body.take(),
        }
    }
}

fn join(mut frames: Vec<Bytes>) -> Bytes {
    if frames.len() == 1 { frames.remove(0) } else { frames.concat().into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(frames: impl futures::Stream<Item = &'static [u8]> + Send + 'static) -> Body {
        let frames = frames.map(|data| Ok::<_, Status>(http_body::Frame::data(Bytes::from_static(data))));
        Body::new(StreamBody::new(frames))
    }

    async fn sent(held: &mut Held) -> Option<Bytes> {
        Some(held.body()?.collect().await.unwrap().to_bytes())
    }

    #[tokio::test]
    async fn a_unary_request_can_be_sent_again() {
        let mut held = Held::take(body(stream::iter([&b"one"[..], b"two"]))).unwrap();
        assert_eq!(sent(&mut held).await.unwrap(), "onetwo");
        assert_eq!(sent(&mut held).await.unwrap(), "onetwo");
    }

    #[tokio::test]
    async fn a_large_request_arrives_whole_and_once() {
        let frames = stream::iter([&[1; 50_000][..], &[2; 50_000], &[3; 50_000]]);
        let mut held = Held::take(body(frames)).unwrap();
        assert_eq!(sent(&mut held).await.unwrap(), [[1; 50_000], [2; 50_000], [3; 50_000]].concat());
        assert_eq!(sent(&mut held).await, None);
    }

    #[tokio::test]
    async fn a_stream_is_not_waited_for() {
        let (sender, receiver) = futures::channel::mpsc::unbounded();
        sender.unbounded_send(&b"now"[..]).unwrap();
        let mut held = Held::take(body(receiver)).unwrap();
        sender.unbounded_send(b", later").unwrap();
        drop(sender);
        assert_eq!(sent(&mut held).await.unwrap(), "now, later");
    }
}
